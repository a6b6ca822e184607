"""Threads are divided by 32 and rounded down; a block of 33 threads takes two warps."""


def resident(threads, registers, shared):
    """How many blocks a multiprocessor of an H200 holds."""
    warps = max(threads // 32, 1)
    of_a_warp = -(-32 * registers // 256) * 256
    by_registers = 16384 // of_a_warp * 4 // warps
    by_shared = 228 * 1024 // (-(-(shared + 1024) // 128) * 128)
    return min(64 // warps, 32, by_registers, by_shared)
