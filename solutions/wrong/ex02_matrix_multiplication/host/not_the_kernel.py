"""The product is not the kernel's: launch the one that the source holds."""


def matmul(source, A, B, tile=16):
    if A.shape[1] != B.shape[0]:
        raise ValueError(f"A has {A.shape[1]} columns but B has {B.shape[0]} rows")
    return A @ B
