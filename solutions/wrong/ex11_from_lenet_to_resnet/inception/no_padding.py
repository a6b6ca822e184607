"""Padding keeps the size of the maps; without it the larger filters have fewer places, or none."""


def convolution_count(channels, height, width, filters, size, padding):
    places = (height + 2 * padding - size + 1) * (width + 2 * padding - size + 1)
    weights = channels * size * size
    return filters * (weights + 1), filters * weights * places


def inception_count(channels, height, width, one, reduce3, three, reduce5, five, pool):
    layers = [
        (channels, one, 1),
        (channels, reduce3, 1),
        (reduce3, three, 3),
        (channels, reduce5, 1),
        (reduce5, five, 5),
        (channels, pool, 1),
    ]
    parameters = macs = 0
    for reads, filters, size in layers:
        counted = convolution_count(reads, height, width, filters, size, padding=0)
        parameters, macs = parameters + counted[0], macs + counted[1]
    return parameters, macs, one + three + five + pool
