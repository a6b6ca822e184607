import numpy as np


def filter_part(g):
    # points 0, 1, 2 and infinity, all factors in the filter
    values = np.array([[1, 0, 0], [1, 1, 1], [1, 2, 4], [0, 0, 1]]) @ g
    return values * [0.5, -1, 0.5, 1]


def data_part(d):
    return np.array([[2, -3, 1, 0], [0, -2, 1, 0], [0, -1, 1, 0], [0, 2, -3, 1]]) @ d


def result_part(m):
    return np.array([[1, 1, 1, 0], [0, 1, 2, 1]]) @ m
