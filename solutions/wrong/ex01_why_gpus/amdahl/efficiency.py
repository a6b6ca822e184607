"""The part of the p processors that is lost is no serial share: solve 1/gain = s + (1 - s)/p for s."""


def speedup(p, s):
    return 1 / (s + (1 - s) / p)


def serial_share(p, gain):
    return 1 - gain / p
