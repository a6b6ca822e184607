"""Where several gradients arrive, the last one overwrites the others: they are to be added."""


def gradients(nodes):
    found = {name: 0.0 for name, reads, slopes in nodes}
    found[nodes[-1][0]] = 1.0

    for name, reads, slopes in reversed(nodes):
        for read, slope in zip(reads, slopes, strict=True):
            found[read] = found[name] * slope
    return found
