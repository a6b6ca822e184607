def filter_part(g):
    even = g[0] + g[2]
    return g[0], even + g[1], even - g[1], g[2]


def data_part(d):
    return d[0] - d[2], (d[1] + d[2]) / 2, (d[2] - d[1]) / 2, d[3] - d[1]


def result_part(m):
    return m[0] + (m[1] + m[2]), (m[1] - m[2]) + m[3]
