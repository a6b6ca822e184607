"""The layers are taken from the last to the first with the rule that goes from the first to the last."""


def receptive_field(layers):
    seen, step = 1, 1
    for size, stride in reversed(layers):
        seen += (size - 1) * step
        step *= stride
    return seen, step
