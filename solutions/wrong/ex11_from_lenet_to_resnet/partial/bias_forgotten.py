"""Each filter has a bias, which is a parameter and a term of each of its sums."""


def partial_count(table, size, height, width):
    parameters = sum(len(maps) * size * size for maps in table)
    places = (height - size + 1) * (width - size + 1)
    return parameters, parameters * places
