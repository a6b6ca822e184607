"""The gradients are divided by the number of images. dy has that 1/N already, from the mean loss: here they are
sums.
"""


def gradients(x, W, dy):
    """(dx, dW, db) of y = x W + b, from dy (N, K)."""
    dx = dy @ W.T
    dW = x.T @ dy / len(x)
    db = dy.mean(axis=0)
    return dx, dW, db
