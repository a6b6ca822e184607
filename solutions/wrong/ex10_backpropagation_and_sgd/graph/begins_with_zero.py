"""Nothing starts the flow: the gradient of L with respect to itself is 1."""


def gradients(nodes):
    found = {name: 0.0 for name, reads, slopes in nodes}
    for name, reads, slopes in reversed(nodes):
        for read, slope in zip(reads, slopes, strict=True):
            found[read] += found[name] * slope
    return found
