"""It is multiplied by eta in float16, where a large gradient becomes infinite. Make it float32 first."""

import numpy as np


def scaled_step(w, dw, scale, eta):
    if not np.isfinite(dw).all():
        return w, scale / 2
    return w - (np.float16(eta) * dw).astype(np.float32) / np.float32(scale), scale
