"""With no layer a unit is a pixel, and sees one."""


def receptive_field(layers):
    seen, step = 0, 1
    for size, stride in layers:
        seen += (size - 1) * step
        step *= stride
    return seen, step
