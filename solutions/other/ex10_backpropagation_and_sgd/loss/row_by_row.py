import numpy as np


def cross_entropy(z, labels):
    loss, dz = 0.0, np.zeros_like(z)
    for i, label in enumerate(labels):
        shifted = z[i] - z[i].max()
        total = np.exp(shifted).sum()
        loss += np.log(total) - shifted[label]
        dz[i] = np.exp(shifted) / total
        dz[i, label] -= 1
    return loss / len(z), dz / len(z)
