"""A filter sees only the maps of its row in the table; here it sees every map."""


def partial_count(table, size, height, width):
    maps = max(max(row) for row in table) + 1
    parameters = len(table) * (maps * size * size + 1)
    places = (height - size + 1) * (width - size + 1)
    return parameters, parameters * places
