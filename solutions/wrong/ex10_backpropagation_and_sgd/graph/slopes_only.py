"""A slope is sent without the gradient of the node that sends it: along a path slopes multiply."""


def gradients(nodes):
    found = {name: 0.0 for name, reads, slopes in nodes}
    found[nodes[-1][0]] = 1.0

    for name, reads, slopes in reversed(nodes):
        for read, slope in zip(reads, slopes, strict=True):
            found[read] += slope if name in found else 0.0
    return found
