"""Flops and bytes of a matrix product."""


def matmul_flops(m: int, n: int, k: int) -> int:
    """2 m n k: a multiplication and an addition for each of the k terms of the m n sums."""
    return 2 * m * n * k


def matmul_bytes(m: int, n: int, k: int, element: int = 4, result: int = 4) -> int:
    """The fewest bytes that memory can move: each element of A and B is read once, each of C written once."""
    return element * (m * k + k * n) + result * m * n
