def tiles_of(N, H, W, m):
    return N * ((H + m - 1) // m) * ((W + m - 1) // m)


def multiplications(N, C, K, H, W, m):
    side = m + 3 - 1
    return tiles_of(N, H, W, m) * side * side * C * K


def gain(N, C, K, H, W, m, data, filter_, result):
    P = tiles_of(N, H, W, m)
    each = (m + 2) ** 2 + data / K + filter_ / P + result / C
    return 9 * N * H * W / (P * each)
