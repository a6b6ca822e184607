"""dW is turned over: it has the shape of W, inputs by neurons."""


def gradients(x, W, dy):
    """(dx, dW, db) of y = x W + b, from dy (N, K)."""
    dx = dy @ W.T
    dW = dy.T @ x
    db = dy.sum(axis=0)
    return dx, dW, db
