"""It gives the multiprocessor's 65,536 registers to warps as one heap; a warp lives in one quarter, and finds
16,384 there.
"""


def resident(threads, registers, shared):
    """How many blocks a multiprocessor of an H200 holds."""
    warps = -(-threads // 32)
    of_a_warp = -(-32 * registers // 256) * 256
    by_registers = 65536 // of_a_warp // warps
    by_shared = 228 * 1024 // (-(-(shared + 1024) // 128) * 128)
    return min(64 // warps, 32, by_registers, by_shared)
