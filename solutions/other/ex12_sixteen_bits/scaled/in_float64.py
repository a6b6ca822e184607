import numpy as np


def scaled_step(w, dw, scale, eta):
    g = dw.astype("f8") / scale
    if np.isnan(g).any() or np.abs(g).max() == np.inf:
        return w.copy(), 0.5 * scale
    return (w - eta * g).astype("f4"), scale
