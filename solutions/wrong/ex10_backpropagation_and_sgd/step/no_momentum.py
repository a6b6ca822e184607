"""The old v is forgotten; momentum keeps a part of it."""


def momentum_step(w, v, dw, eta, momentum, decay):
    v = -decay * eta * w - eta * dw
    return w + v, v


def rate(step, eta, every):
    return eta / 10 ** min(step // every, 3)
