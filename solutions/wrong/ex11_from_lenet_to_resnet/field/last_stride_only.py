"""The step is that of the last layer alone; it is the product of all strides."""


def receptive_field(layers):
    seen, step = 1, 1
    for size, stride in layers:
        seen += (size - 1) * step
        step = stride
    return seen, step
