"""Strides are added; a unit's neighbour lies the product of all strides away."""


def receptive_field(layers):
    seen, step = 1, 1
    for size, stride in layers:
        seen += (size - 1) * step
        step += stride - 1
    return seen, step
