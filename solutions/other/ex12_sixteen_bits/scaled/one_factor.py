import numpy as np


def scaled_step(w, dw, scale, eta):
    wide = dw.astype(np.float32)
    if np.sum(np.isinf(wide) | np.isnan(wide)):
        return w, scale / 2
    return w - wide * np.float32(eta / scale), scale
