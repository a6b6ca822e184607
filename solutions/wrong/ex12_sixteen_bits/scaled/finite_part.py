"""The finite elements make their step even so. Half a gradient points elsewhere: leave out all of it."""

import numpy as np


def scaled_step(w, dw, scale, eta):
    if not np.isfinite(dw).all():
        return w - np.float32(eta) * (
            np.where(np.isfinite(dw), dw, 0).astype(np.float32) / np.float32(scale)
        ), scale / 2
    return w - np.float32(eta) * (dw.astype(np.float32) / np.float32(scale)), scale
