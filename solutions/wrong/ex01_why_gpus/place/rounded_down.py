"""Whole-number division rounds down, so the last numbers get no block."""


def blocks_for(n, block):
    return n // block


def place(i, block):
    thread = i % block
    return i // block, thread // 32, thread % 32
