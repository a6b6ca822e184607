"""All filters are still there with groups; what is divided is the channels that one filter sees."""


def convolution_count(channels, height, width, filters, size, stride=1, padding=0, groups=1):
    down = (height + 2 * padding - size) // stride + 1
    across = (width + 2 * padding - size) // stride + 1
    weights = channels * size * size
    activations = filters // groups * down * across
    return filters // groups * (weights + 1), activations * weights, activations
