"""Sizes are multiplied here, as if windows did not overlap: the field grows by size - 1 steps."""


def receptive_field(layers):
    seen, step = 1, 1
    for size, stride in layers:
        seen *= size
        step *= stride
    return seen, step
