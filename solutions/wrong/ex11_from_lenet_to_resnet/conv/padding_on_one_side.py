"""Padding lies on both sides of a row, so it counts twice."""


def convolution_count(channels, height, width, filters, size, stride=1, padding=0, groups=1):
    down = (height + padding - size) // stride + 1
    across = (width + padding - size) // stride + 1
    weights = channels // groups * size * size
    activations = filters * down * across
    return filters * (weights + 1), activations * weights, activations
