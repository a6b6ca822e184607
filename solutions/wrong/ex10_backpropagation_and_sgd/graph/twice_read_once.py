"""A node that reads another twice sends it two gradients; here a dictionary keeps one of them."""


def gradients(nodes):
    found = {name: 0.0 for name, reads, slopes in nodes}
    found[nodes[-1][0]] = 1.0

    for name, reads, slopes in reversed(nodes):
        for read, slope in dict(zip(reads, slopes, strict=True)).items():
            found[read] += found[name] * slope
    return found
