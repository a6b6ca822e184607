"""In flight is rate times latency: the longer the wait, the more must be on the way."""


def warps_in_flight(latency, bytes_a_clock, bytes_each):
    return -(-bytes_a_clock * 32 * bytes_each // latency)


def busy(warps, work, wait):
    return min(1.0, warps * work / (work + wait))
