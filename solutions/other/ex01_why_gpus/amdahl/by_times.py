"""A right answer."""


def speedup(p, s):
    return p / (p * s + (1 - s))


def serial_share(p, gain):
    return (p / gain - 1) / (p - 1)
