"""The weights move by the old v; it is the new one that they move by."""


def momentum_step(w, v, dw, eta, momentum, decay):
    new = momentum * v - decay * eta * w - eta * dw
    return w + v, new


def rate(step, eta, every):
    return eta / 10 ** min(step // every, 3)
