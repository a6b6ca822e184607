"""The warps take turns, so the core computes as often as all of them together."""


def warps_in_flight(latency, bytes_a_clock, bytes_each):
    return -(-latency * bytes_a_clock // (32 * bytes_each))


def busy(warps, work, wait):
    return work / (work + wait)
