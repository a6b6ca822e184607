"""Later units lie more than a pixel apart: each of the size - 1 steps is as long as all strides before make it."""


def receptive_field(layers):
    seen, step = 1, 1
    for size, stride in layers:
        seen += size - 1
        step *= stride
    return seen, step
