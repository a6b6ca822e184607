"""The gradient is weighted with 1 - momentum here, as in an average; in this update it comes in full."""


def momentum_step(w, v, dw, eta, momentum, decay):
    v = momentum * v - (1 - momentum) * eta * (decay * w + dw)
    return w + v, v


def rate(step, eta, every):
    return eta / 10 ** min(step // every, 3)
