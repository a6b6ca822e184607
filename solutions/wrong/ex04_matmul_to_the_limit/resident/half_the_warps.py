"""It counts with 32 warps, 1024 threads: that is the most for one block; a multiprocessor holds 64."""


def resident(threads, registers, shared):
    """How many blocks a multiprocessor of an H200 holds."""
    warps = -(-threads // 32)
    of_a_warp = -(-32 * registers // 256) * 256
    by_registers = 16384 // of_a_warp * 4 // warps
    by_shared = 228 * 1024 // (-(-(shared + 1024) // 128) * 128)
    return min(32 // warps, 32, by_registers, by_shared)
