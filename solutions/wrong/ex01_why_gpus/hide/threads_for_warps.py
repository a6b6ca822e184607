"""These are threads; a warp has 32 of them."""


def warps_in_flight(latency, bytes_a_clock, bytes_each):
    return -(-latency * bytes_a_clock // bytes_each)


def busy(warps, work, wait):
    return min(1.0, warps * work / (work + wait))
