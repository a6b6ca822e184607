"""The share is counted in the time on one processor; this divides by the new time."""


def speedup(p, s):
    return 1 / (s + (1 - s) / p)


def serial_share(p, gain):
    return (1 / gain - 1 / p) / (1 - 1 / p) * gain
