"""Each filter has a bias too: one parameter more than its weights."""


def convolution_count(channels, height, width, filters, size, stride=1, padding=0, groups=1):
    down = (height + 2 * padding - size) // stride + 1
    across = (width + 2 * padding - size) // stride + 1
    weights = channels // groups * size * size
    activations = filters * down * across
    return filters * weights, activations * weights, activations
