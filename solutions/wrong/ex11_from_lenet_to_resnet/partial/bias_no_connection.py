"""LeCun counts the bias as a term of each sum, too."""


def partial_count(table, size, height, width):
    weights = sum(len(maps) * size * size for maps in table)
    places = (height - size + 1) * (width - size + 1)
    return weights + len(table), weights * places
