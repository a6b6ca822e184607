"""The limit of 32 blocks is missing: small blocks that need little come up against it."""


def resident(threads, registers, shared):
    """How many blocks a multiprocessor of an H200 holds."""
    warps = -(-threads // 32)
    of_a_warp = -(-32 * registers // 256) * 256
    by_registers = 16384 // of_a_warp * 4 // warps
    by_shared = 228 * 1024 // (-(-(shared + 1024) // 128) * 128)
    return min(64 // warps, by_registers, by_shared)
