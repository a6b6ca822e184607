"""Every node that nothing reads is taken for a loss; only the last one is L."""


def gradients(nodes):
    read_by_some = {read for _, reads, _ in nodes for read in reads}
    found = {name: 0.0 if name in read_by_some else 1.0 for name, reads, slopes in nodes}
    for name, reads, slopes in reversed(nodes):
        for read, slope in zip(reads, slopes, strict=True):
            found[read] += found[name] * slope
    return found
