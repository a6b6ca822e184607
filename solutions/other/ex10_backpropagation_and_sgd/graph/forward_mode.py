def gradients(nodes):
    found = {}
    for start, _, _ in nodes:
        moved = {}
        for name, reads, slopes in nodes:
            moved[name] = 1.0 if name == start else sum(s * moved[read] for read, s in zip(reads, slopes, strict=True))
        found[start] = float(moved[nodes[-1][0]])
    return found
