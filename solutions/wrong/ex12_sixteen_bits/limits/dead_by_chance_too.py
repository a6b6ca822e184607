"""By chance, no update is lost for ever, however small it is."""

import math


def waits(update, FL):
    gaps = update * 2**FL
    return (1, 1) if gaps >= 0.5 else (math.inf, math.inf)


def accumulator_bits(WL, k):
    return (k * 2 ** (2 * (WL - 1))).bit_length() + 1
