"""The beginnings are counted."""


def output_size(H, R, stride, padding, dilation):
    last = H + 2 * padding - (dilation * R - dilation + 1)
    return len(range(0, last + 1, stride))


def matrix_words(N, C, H, W, R, S, stride, padding):
    down, across = output_size(H, R, stride, padding, 1), output_size(W, S, stride, padding, 1)
    return R * S * C * down * across * N
