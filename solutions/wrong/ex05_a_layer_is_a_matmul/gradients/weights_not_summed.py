"""dW has a matrix for each image. All images share the weights, so it sums over them: a product with xᵀ."""


def gradients(x, W, dy):
    """(dx, dW, db) of y = x W + b, from dy (N, K)."""
    dx = dy @ W.T
    dW = x[:, :, None] * dy[:, None, :]
    db = dy.sum(axis=0)
    return dx, dW, db
