"""The serial part is divided by p, and the rest is not; it is the other way round."""


def speedup(p, s):
    return 1 / (s / p + 1 - s)


def serial_share(p, gain):
    return (1 - 1 / gain) / (1 - 1 / p)
