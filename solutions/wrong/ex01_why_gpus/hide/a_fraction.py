"""There are only whole warps: round up."""


def warps_in_flight(latency, bytes_a_clock, bytes_each):
    return latency * bytes_a_clock / (32 * bytes_each)


def busy(warps, work, wait):
    return min(1.0, warps * work / (work + wait))
