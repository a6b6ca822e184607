"""This is the time that is left, as a share of the old one; the gain is old time divided by new."""


def speedup(p, s):
    return s + (1 - s) / p


def serial_share(p, gain):
    return (gain - 1 / p) / (1 - 1 / p)
