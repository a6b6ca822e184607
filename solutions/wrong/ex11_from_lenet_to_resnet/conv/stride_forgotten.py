"""The filters jump by the stride: fewer places."""


def convolution_count(channels, height, width, filters, size, stride=1, padding=0, groups=1):
    down = (height + 2 * padding - size) // 1 + 1
    across = (width + 2 * padding - size) // 1 + 1
    weights = channels // groups * size * size
    activations = filters * down * across
    return filters * (weights + 1), activations * weights, activations
