"""The serial part costs time as well: add s to (1 - s) / p."""


def speedup(p, s):
    return p / (1 - s) if s < 1 else 1.0


def serial_share(p, gain):
    return 1 - p / gain
