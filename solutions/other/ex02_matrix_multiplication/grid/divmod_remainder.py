"""One more block only if there is a remainder."""


def grid_for(m, n, block):
    sizes = []
    for elements, threads in zip((n, m), block, strict=True):
        whole, rest = divmod(elements, threads)
        sizes.append(whole + (1 if rest else 0))
    return tuple(sizes)
