"""A large update moves the weight at the first step. No fraction of a step is possible."""

import math


def waits(update, FL):
    gaps = update * 2**FL
    return 1 if gaps >= 0.5 else math.inf, 1 / gaps


def accumulator_bits(WL, k):
    return (k * 2 ** (2 * (WL - 1))).bit_length() + 1
