"""The rate falls a little at every step here; it falls in stairs, all at once after `every` steps."""


def momentum_step(w, v, dw, eta, momentum, decay):
    v = momentum * v - decay * eta * w - eta * dw
    return w + v, v


def rate(step, eta, every):
    return eta / 10 ** min(step / every, 3)
