"""db sums over the neurons; a neuron's bias meets all images, so it is the images that are summed."""


def gradients(x, W, dy):
    """(dx, dW, db) of y = x W + b, from dy (N, K)."""
    dx = dy @ W.T
    dW = x.T @ dy
    db = dy.sum(axis=1)
    return dx, dW, db
