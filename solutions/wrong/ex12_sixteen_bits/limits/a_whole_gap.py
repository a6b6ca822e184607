"""To nearest, the weight moves here only if the update is a whole gap. Half a gap is enough."""

import math


def waits(update, FL):
    gaps = update * 2**FL
    return 1 if gaps >= 1 else math.inf, max(1, 1 / gaps)


def accumulator_bits(WL, k):
    return (k * 2 ** (2 * (WL - 1))).bit_length() + 1
