"""One block more, as long as all fit."""

import math


def resident(threads, registers, shared):
    warps = math.ceil(threads / 32)
    lots = math.ceil(registers * 32 / 256)
    pieces = math.ceil((shared + 1024) / 128)
    room = 4 * (64 // lots)
    count = 0
    while count < 32 and (count + 1) * warps <= min(64, room) and (count + 1) * pieces <= 228 * 8:
        count += 1
    return count
