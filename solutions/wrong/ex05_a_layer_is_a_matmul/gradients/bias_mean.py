"""db is the sum over the images, not their mean: it is the row of dW that belongs to an input of 1."""


def gradients(x, W, dy):
    """(dx, dW, db) of y = x W + b, from dy (N, K)."""
    dx = dy @ W.T
    dW = x.T @ dy
    db = dy.mean(axis=0)
    return dx, dW, db
