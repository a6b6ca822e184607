import numpy as np


def both(matrix, tile):
    matrix = np.array(matrix)
    return (np.kron(matrix, matrix) @ np.ravel(tile)).reshape(len(matrix), len(matrix))


def filter_tile(g):
    return both([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]], g) / 4


def data_tile(d):
    return both([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]], d)


def result_tile(m):
    return both([[1, 1, 1, 0], [0, 1, -1, 1]], m)
