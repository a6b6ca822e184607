"""The gradient is still that of the scaled loss, and the step so many times too long."""

import numpy as np


def scaled_step(w, dw, scale, eta):
    if not np.isfinite(dw).all():
        return w, scale / 2
    return w - np.float32(eta) * dw.astype(np.float32), scale
