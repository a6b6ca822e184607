"""Both results add m2 and m3; the second one needs their difference."""


def filter_part(g):
    """Four numbers, of the three taps."""
    return [g[0], (g[0] + g[1] + g[2]) / 2, (g[0] - g[1] + g[2]) / 2, g[2]]


def data_part(d):
    """Four numbers, of the four elements."""
    return [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]]


def result_part(m):
    """[y0, y1], of the four products."""
    return [m[0] + m[1] + m[2], m[1] + m[2] - m[3]]
