"""The weights do not decay: what is missing is the part of v that pulls each weight towards 0."""


def momentum_step(w, v, dw, eta, momentum, decay):
    v = momentum * v - eta * dw
    return w + v, v


def rate(step, eta, every):
    return eta / 10 ** min(step // every, 3)
