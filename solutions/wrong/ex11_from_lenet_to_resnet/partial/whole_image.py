"""A window begins only where all of it lies in the image: height - size + 1 places down, not height."""


def partial_count(table, size, height, width):
    parameters = sum(len(maps) * size * size + 1 for maps in table)
    return parameters, parameters * height * width
