import numpy as np


def layer_forward(x, w, b):
    return np.maximum(x @ w.T + b, 0)


def layer_backward(x, w, b, dy):
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    for n in range(len(x)):
        for k in range(len(w)):
            if x[n] @ w[k] + b[k] > 0:
                dx[n] += dy[n, k] * w[k]
                dw[k] += dy[n, k] * x[n]
                db[k] += dy[n, k]
    return dx, dw, db
