"""Convolution, as deep learning means it: y[n, k, p, q] = sum over c, r, s of x[n, c, p + r, q + s] w[k, c, r, s].

Every algorithm is a module with the same functions: forward(x, w, …), grad_x(dy, w, shape, …), grad_w(x, dy, shape, …),
each with stride, padding, dilation and groups, and count(x_shape, w_shape, …).

direct.py           the definition
im2col_textbook.py  one matrix product with every window of the image as a row
im2col.py           the same, some windows at a time, in memory that is used again
batch_last.py       the same for batches of small images, with the batch last in memory
winograd.py         fewer multiplications: F(m, r) on small tiles; cook_toom.py: its matrices, for any m and r
fft.py              a product of spectra, of whole images or of tiles
problem.py          sizes and checks that they share
workspace.py        memory that is used again
algorithms.py       the family by name
accuracy.py         how far each is off; spot_check.py: whether a large result is right
layers.py           convolutions of published networks; published.py: what others measured
fastest.py          which algorithm when, on this machine
measure.py          all of them against cuDNN on a GPU: `course measure conv`; records.py: what it wrote, as a table
kernels/            direct, im2col, implicit GEMM and Winograd in CUDA C, behind the same functions
"""
