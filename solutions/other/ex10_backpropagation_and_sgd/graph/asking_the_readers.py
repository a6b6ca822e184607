def gradients(nodes):
    found = {}
    for name, _, _ in reversed(nodes):
        found[name] = 1.0 if name == nodes[-1][0] else 0.0
        for reader, reads, slopes in nodes:
            found[name] += sum(found[reader] * s for read, s in zip(reads, slopes, strict=True) if read == name)
    return found
