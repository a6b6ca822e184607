"""The sizes are simply added; windows overlap, and a window of `size` has size - 1 steps in it."""


def receptive_field(layers):
    seen, step = 0, 1
    for size, stride in layers:
        seen += size * step
        step *= stride
    return seen or 1, step
