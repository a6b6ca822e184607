"""A filter has size x size weights for each channel that it sees."""


def convolution_count(channels, height, width, filters, size, stride=1, padding=0, groups=1):
    down = (height + 2 * padding - size) // stride + 1
    across = (width + 2 * padding - size) // stride + 1
    weights = size * size
    activations = filters * down * across
    return filters * (weights + 1), activations * weights, activations
