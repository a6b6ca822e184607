"""Logarithms of probabilities first, one-hot labels."""

import numpy as np


def cross_entropy(z, labels):
    shifted = z - np.max(z, axis=1)[:, None]
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1))[:, None]
    truth = np.eye(z.shape[1])[labels]
    return -(log_p * truth).sum() / len(z), (np.exp(log_p) - truth) / len(z)
