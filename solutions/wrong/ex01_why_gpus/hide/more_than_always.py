"""No core computes more than all the time: the share ends at 1."""


def warps_in_flight(latency, bytes_a_clock, bytes_each):
    return -(-latency * bytes_a_clock // (32 * bytes_each))


def busy(warps, work, wait):
    return warps * work / (work + wait)
