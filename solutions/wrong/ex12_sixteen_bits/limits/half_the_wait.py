"""The average wait for something of probability p is 1/p, not half of it."""

import math


def waits(update, FL):
    gaps = update * 2**FL
    return 1 if gaps >= 0.5 else math.inf, max(1, 0.5 / gaps)


def accumulator_bits(WL, k):
    return (k * 2 ** (2 * (WL - 1))).bit_length() + 1
