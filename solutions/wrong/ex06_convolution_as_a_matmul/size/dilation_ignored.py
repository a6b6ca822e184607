"""Taps that lie apart reach further: dilation has to make the window longer."""


def output_size(H, R, stride, padding, dilation):
    """Places of a window of R taps along H numbers."""
    reach = R
    return (H + 2 * padding - reach) // stride + 1


def matrix_words(N, C, H, W, R, S, stride, padding):
    """Numbers in the matrix of im2col, each window with all its channels."""
    P = output_size(H, R, stride, padding, 1)
    Q = output_size(W, S, stride, padding, 1)
    return N * P * Q * C * R * S
