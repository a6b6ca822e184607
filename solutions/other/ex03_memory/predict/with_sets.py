"""Python's sets."""


def sectors(first, step, size):
    return len({byte // 32 for lane in range(32) for byte in range(first + lane * step, first + lane * step + size)})


def passes(words):
    return max(len({w for w in words.tolist() if w % 32 == bank}) for bank in range(32))
