"""Not every number is in R S windows: count the windows, P Q of them, which is fewer at the edges and with a
stride.
"""


def output_size(H, R, stride, padding, dilation):
    """Places of a window of R taps along H numbers."""
    reach = dilation * (R - 1) + 1
    return (H + 2 * padding - reach) // stride + 1


def matrix_words(N, C, H, W, R, S, stride, padding):
    """Numbers in the matrix of im2col, each window with all its channels."""
    return N * H * W * C * R * S
