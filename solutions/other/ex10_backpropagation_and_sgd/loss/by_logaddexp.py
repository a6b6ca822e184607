import numpy as np


def cross_entropy(z, labels):
    total = np.logaddexp.reduce(z, axis=1, keepdims=True)
    log_p = z - total
    t = np.eye(z.shape[1])[labels]
    return float(-(t * log_p).sum() / len(z)), (np.exp(log_p) - t) / len(z)
