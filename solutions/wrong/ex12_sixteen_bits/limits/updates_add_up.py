"""Small updates are added up here to half a gap. But each sum is rounded: the weight forgets what was lost."""

import math


def waits(update, FL):
    gaps = update * 2**FL
    return max(1, math.ceil(0.5 / gaps)), max(1, 1 / gaps)


def accumulator_bits(WL, k):
    return (k * 2 ** (2 * (WL - 1))).bit_length() + 1
