"""This multiplies the gain by the parallel share; add up times, not gains."""


def speedup(p, s):
    return p * (1 - s) if s < 1 else 1.0


def serial_share(p, gain):
    return 1 - gain / p
