"""The two are exchanged: to nearest comes first."""

import math


def waits(update, FL):
    gaps = update * 2**FL
    return max(1, 1 / gaps), 1 if gaps >= 0.5 else math.inf


def accumulator_bits(WL, k):
    return (k * 2 ** (2 * (WL - 1))).bit_length() + 1
