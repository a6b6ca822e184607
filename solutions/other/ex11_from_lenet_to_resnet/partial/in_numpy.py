import numpy as np


def partial_count(table, size, height, width):
    seen = np.array([len(maps) for maps in table])
    terms = int((seen * size**2 + 1).sum())
    return terms, terms * (height - size + 1) * (width - size + 1)
