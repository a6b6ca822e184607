"""That is a bit too many, unless k is a power of two: take the worst sum itself, and count its bits."""

import math


def waits(update, FL):
    gaps = update * 2**FL
    return 1 if gaps >= 0.5 else math.inf, max(1, 1 / gaps)


def accumulator_bits(WL, k):
    return 2 * WL + (k - 1).bit_length()
