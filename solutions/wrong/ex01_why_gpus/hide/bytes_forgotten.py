"""Each lane waits for bytes_each bytes, not for one."""


def warps_in_flight(latency, bytes_a_clock, bytes_each):
    return -(-latency * bytes_a_clock // 32)


def busy(warps, work, wait):
    return min(1.0, warps * work / (work + wait))
