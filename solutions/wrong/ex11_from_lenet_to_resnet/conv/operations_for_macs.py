"""A MAC is a multiplication together with its addition: it counts one, though it is two operations."""


def convolution_count(channels, height, width, filters, size, stride=1, padding=0, groups=1):
    down = (height + 2 * padding - size) // stride + 1
    across = (width + 2 * padding - size) // stride + 1
    weights = channels // groups * size * size
    activations = filters * down * across
    return filters * (weights + 1), 2 * activations * weights, activations
