"""A layer's own stride does not change what it sees: let the step grow afterwards."""


def receptive_field(layers):
    seen, step = 1, 1
    for size, stride in layers:
        step *= stride
        seen += (size - 1) * step
    return seen, step
