"""A weight for each pixel of size x size, not for each of a row."""


def partial_count(table, size, height, width):
    parameters = sum(len(maps) * size + 1 for maps in table)
    places = (height - size + 1) * (width - size + 1)
    return parameters, parameters * places
