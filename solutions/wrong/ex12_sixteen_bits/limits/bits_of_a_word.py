"""A product of two words has twice as many bits as a word."""

import math


def waits(update, FL):
    gaps = update * 2**FL
    return 1 if gaps >= 0.5 else math.inf, max(1, 1 / gaps)


def accumulator_bits(WL, k):
    return WL + k.bit_length() - 1
