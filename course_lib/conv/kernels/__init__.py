"""Convolution in CUDA C, on the real GPU or the glass one: forward, grad_x, grad_w and count, on float32 device arrays.

direct         one thread an element of the result
im2col         the windows of x written out as a matrix, then a matrix product
implicit_gemm  the same product, its matrix worked out element by element
winograd       F(2x2, 3x3): 16 products for 4 results
launching.py   what they share: checks, a launch or several that can be repeated
conv.h         the sizes that a kernel is given; product.h: the matrix product of the last three;
               parts.h: a long sum in parts
"""
