"""It is divided in float16, where the small gradients vanish after all. Make it float32 first."""

import numpy as np


def scaled_step(w, dw, scale, eta):
    if not np.isfinite(dw).all():
        return w, scale / 2
    return w - np.float32(eta) * (dw / np.float16(scale)).astype(np.float32), scale
