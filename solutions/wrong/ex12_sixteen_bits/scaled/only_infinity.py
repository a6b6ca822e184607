"""It looks for infinity only. On the way back, infinity less infinity becomes NaN."""

import numpy as np


def scaled_step(w, dw, scale, eta):
    if np.isinf(dw).any():
        return w, scale / 2
    return w - np.float32(eta) * (dw.astype(np.float32) / np.float32(scale)), scale
