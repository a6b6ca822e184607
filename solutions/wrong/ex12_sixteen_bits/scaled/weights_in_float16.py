"""The new weights went through float16, which drops steps that are small beside them."""

import numpy as np


def scaled_step(w, dw, scale, eta):
    if not np.isfinite(dw).all():
        return w, scale / 2
    return (w - np.float32(eta) * (dw.astype(np.float32) / np.float32(scale))).astype(np.float16).astype(
        np.float32
    ), scale
