"""This goes from the first node to the last, and hands on gradients that have not arrived yet."""


def gradients(nodes):
    found = {name: 0.0 for name, reads, slopes in nodes}
    found[nodes[-1][0]] = 1.0

    for name, reads, slopes in nodes:
        for read, slope in zip(reads, slopes, strict=True):
            found[read] += found[name] * slope
    return found
