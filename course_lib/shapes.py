"""Sizes, flops and bytes of a matrix product and of a convolution."""

import math


def matmul_flops(m: int, n: int, k: int) -> int:
    """2 m n k: a multiplication and an addition for each of the k terms of the m n sums."""
    return 2 * m * n * k


def matmul_bytes(m: int, n: int, k: int, element: int = 4, result: int = 4) -> int:
    """The fewest bytes that memory can move: each element of A and B is read once, each of C written once."""
    return element * (m * k + k * n) + result * m * n


def conv_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """P = floor((H + 2 padding - dilation (R - 1) - 1) / stride) + 1 places of R taps along H elements; 0 or less if
    the taps reach further than the padded image."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def conv_flops(y_shape, w_shape) -> int:
    """2 N K P Q (C / groups) R S: the definition's, products with zeros of the padding among them. y NKPQ, w KCRS."""
    return 2 * math.prod(y_shape) * math.prod(w_shape[1:])


def conv_bytes(x_shape, w_shape, y_shape, element: int = 4) -> int:
    """The fewest bytes that memory can move: each element of x and w is read once, each of y written once."""
    return element * sum(map(math.prod, (x_shape, w_shape, y_shape)))
