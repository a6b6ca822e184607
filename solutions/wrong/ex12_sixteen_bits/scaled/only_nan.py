"""An infinity went into the step. It is a sign of overflow, as NaN is."""

import numpy as np


def scaled_step(w, dw, scale, eta):
    if np.isnan(dw).any():
        return w, scale / 2
    return w - np.float32(eta) * (dw.astype(np.float32) / np.float32(scale)), scale
