"""From 0 to height - size there are height - size + 1 places."""


def partial_count(table, size, height, width):
    parameters = sum(len(maps) * size * size + 1 for maps in table)
    return parameters, parameters * (height - size) * (width - size)
