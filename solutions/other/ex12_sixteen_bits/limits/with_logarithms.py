import math


def waits(update, FL):
    chance = min(1.0, update / 2.0**-FL)
    return (1.0 if update / 2.0**-FL >= 1 / 2 else math.inf), 1.0 / chance


def accumulator_bits(WL, k):
    bits = 1
    while 2 ** (bits - 1) - 1 < k * 4 ** (WL - 1):
        bits += 1
    return bits
