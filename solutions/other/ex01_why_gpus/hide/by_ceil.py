"""A right answer."""


def warps_in_flight(latency, bytes_a_clock, bytes_each):
    return (latency * bytes_a_clock + 32 * bytes_each - 1) // (32 * bytes_each)


def busy(warps, work, wait):
    return 1 if warps * work >= work + wait else warps / (1 + wait / work)
