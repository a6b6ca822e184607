"""What L does not depend on is missing; it has a gradient too, 0."""


def gradients(nodes):
    found = {nodes[-1][0]: 1.0}
    for name, reads, slopes in reversed(nodes):
        for read, slope in zip(reads, slopes, strict=True):
            if name in found:
                found[read] = found.get(read, 0.0) + found[name] * slope
    return found
