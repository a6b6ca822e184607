"""Along a path slopes are added here; they multiply."""


def gradients(nodes):
    found = {name: 0.0 for name, reads, slopes in nodes}
    for name, reads, slopes in reversed(nodes):
        for read, slope in zip(reads, slopes, strict=True):
            found[read] += found[name] + slope
    found[nodes[-1][0]] = 1.0
    return found
