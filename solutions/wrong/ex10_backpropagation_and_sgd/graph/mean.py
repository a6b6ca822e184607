"""Where several gradients arrive they are added; this takes their mean."""


def gradients(nodes):
    arrived = {name: [] for name, reads, slopes in nodes}
    arrived[nodes[-1][0]].append(1.0)
    for name, reads, slopes in reversed(nodes):
        mine = sum(arrived[name]) / max(1, len(arrived[name]))
        for read, slope in zip(reads, slopes, strict=True):
            arrived[read].append(mine * slope)
    return {name: sum(came) / max(1, len(came)) for name, came in arrived.items()}
