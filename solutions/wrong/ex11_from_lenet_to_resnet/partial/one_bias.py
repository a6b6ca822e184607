"""There is a bias for each filter; this has one for the whole layer."""


def partial_count(table, size, height, width):
    parameters = sum(len(maps) * size * size for maps in table) + 1
    places = (height - size + 1) * (width - size + 1)
    return parameters, parameters * places
