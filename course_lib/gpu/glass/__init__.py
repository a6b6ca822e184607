"""The glass GPU: it runs CUDA C on any computer by executing its PTX, 32 lanes of a warp in lockstep.

ptx.py        parse: PTX text -> kernels of instructions, each with its source line
flow.py       basic blocks, liveness, where divergent lanes meet again
lanes.py      which registers are the same in all lanes of a warp, or linear in the lane
isa/          what each instruction does: one family a file, one line an instruction
emit.py       C for one kernel and one block shape; expand.py and fast.py are its two halves
machine.h     the machine that the C runs on: lanes, memory, blocks and warps
compiler.py   the C compiler of this computer, and the cache of what it built
array.py      device arrays
run.py        launch: all cores, time limit, errors in the learner's words
"""
