"""Glass Machines: parallel deep learning you can see through.

    errors.py     mistakes that their reader can mend, each said in one sentence
    arrays.py     NumPy's arrays or CuPy's, through their own functions
    datasets.py   the data that the lessons learn from
    hardware.py   peaks of named GPUs, and how many blocks one of their multiprocessors holds
    shapes.py     sizes, flops and bytes of a matrix product and of a convolution
    stopwatch.py  check, then time
    gradcheck.py  a gradient against finite differences
    records.py    records of real runs: read and written
    precision/    numbers of few bits: fixed point, and how to round to it
    cluster/      one distributed program, two machines: the glass cluster, or real processes
    gpu/          one kernel, two devices: the real GPU, or the glass one
    matmul/       C = A B, one CUDA C file for each idea
    conv/         convolution by five algorithms, forward and backward, in array functions and in CUDA C
    nn/           convolutional networks, forward and backward by hand
    memory/       kernels that use memory well, and broken ones to find out about
    figures/      plain data in, a labelled picture out
    widgets/      pictures that a reader can move, each with its words
    grading/      exercises: made from their masters, and checked
    probe.py      what this machine has
    doctor.py     what that means for the course
    cli.py        the command `course`

Lowest first: a package imports only from those above it in this list, never the other way round.
"""
