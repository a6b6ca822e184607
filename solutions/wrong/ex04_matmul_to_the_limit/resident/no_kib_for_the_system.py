"""Each block takes 1 KiB of shared memory for the system, too."""


def resident(threads, registers, shared):
    """How many blocks a multiprocessor of an H200 holds."""
    warps = -(-threads // 32)
    of_a_warp = -(-32 * registers // 256) * 256
    by_registers = 16384 // of_a_warp * 4 // warps
    by_shared = 228 * 1024 // (max(-(-shared // 128) * 128, 1))
    return min(64 // warps, 32, by_registers, by_shared)
