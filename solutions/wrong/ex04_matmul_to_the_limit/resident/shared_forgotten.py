"""Shared memory is not looked at."""


def resident(threads, registers, shared):
    """How many blocks a multiprocessor of an H200 holds."""
    warps = -(-threads // 32)
    of_a_warp = -(-32 * registers // 256) * 256
    by_registers = 16384 // of_a_warp * 4 // warps
    return min(64 // warps, 32, by_registers)
