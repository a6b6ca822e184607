"""Batches by splitting the order; new arrays for each step; no function from above."""

import numpy as np


def train(x, labels, classes, eta, batch, order):
    W, b = np.zeros((x.shape[1], classes)), np.zeros(classes)
    for chosen in np.split(order, np.arange(batch, len(order), batch)):
        z = x[chosen] @ W + b
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        dz = (p - np.eye(classes)[labels[chosen]]) / len(chosen)
        W, b = W - eta * (x[chosen].T @ dz), b - eta * dz.sum(axis=0)
    return W, b
