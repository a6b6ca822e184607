"""Registers are not looked at."""


def resident(threads, registers, shared):
    """How many blocks a multiprocessor of an H200 holds."""
    warps = -(-threads // 32)
    by_shared = 228 * 1024 // (-(-(shared + 1024) // 128) * 128)
    return min(64 // warps, 32, by_shared)
