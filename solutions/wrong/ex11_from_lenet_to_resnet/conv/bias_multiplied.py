"""A bias is added, not multiplied: it is no MAC."""


def convolution_count(channels, height, width, filters, size, stride=1, padding=0, groups=1):
    down = (height + 2 * padding - size) // stride + 1
    across = (width + 2 * padding - size) // stride + 1
    weights = channels // groups * size * size
    activations = filters * down * across
    return filters * (weights + 1), activations * (weights + 1), activations
