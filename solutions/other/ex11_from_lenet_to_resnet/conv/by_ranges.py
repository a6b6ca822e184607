def convolution_count(channels, height, width, filters, size, stride=1, padding=0, groups=1):
    places = [len(range(0, n + 2 * padding - size + 1, stride)) for n in (height, width)]
    of_a_filter = (channels // groups) * size**2
    out = filters * places[0] * places[1]
    return filters + filters * of_a_filter, out * of_a_filter, out
