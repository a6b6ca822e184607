"""db is dy itself, a row for each image. All images share one b, so their rows are added up."""


def gradients(x, W, dy):
    """(dx, dW, db) of y = x W + b, from dy (N, K)."""
    dx = dy @ W.T
    dW = x.T @ dy
    db = dy
    return dx, dW, db
