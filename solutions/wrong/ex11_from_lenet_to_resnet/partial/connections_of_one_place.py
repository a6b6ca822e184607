"""Every filter is used at every place: the connections are counted at one only."""


def partial_count(table, size, height, width):
    parameters = sum(len(maps) * size * size + 1 for maps in table)
    return parameters, parameters
