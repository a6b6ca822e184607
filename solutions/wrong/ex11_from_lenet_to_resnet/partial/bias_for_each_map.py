"""A filter has one bias in all, not one for each map that it sees."""


def partial_count(table, size, height, width):
    parameters = sum(len(maps) * (size * size + 1) for maps in table)
    places = (height - size + 1) * (width - size + 1)
    return parameters, parameters * places
