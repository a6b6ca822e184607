"""These go down the slope. A gradient points up; it is the step that turns the sign."""


def gradients(x, W, dy):
    """(dx, dW, db) of y = x W + b, from dy (N, K)."""
    dx = -dy @ W.T
    dW = -x.T @ dy
    db = -dy.sum(axis=0)
    return dx, dW, db
