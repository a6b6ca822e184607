"""After an overflow the scale is doubled. It was too large already."""

import numpy as np


def scaled_step(w, dw, scale, eta):
    if not np.isfinite(dw).all():
        return w, scale * 2
    return w - np.float32(eta) * (dw.astype(np.float32) / np.float32(scale)), scale
