"""This is the limit for very many processors; with p of them the other part still takes (1 - s) / p."""


def speedup(p, s):
    return 1 / s if s else float(p)


def serial_share(p, gain):
    return 1 / gain
