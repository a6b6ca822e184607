"""A sum of k terms is k times as large, which takes log2(k) bits more, not k."""

import math


def waits(update, FL):
    gaps = update * 2**FL
    return 1 if gaps >= 0.5 else math.inf, max(1, 1 / gaps)


def accumulator_bits(WL, k):
    return 2 * WL + k - 1
