"""The decay is multiplied by the rate too, so that it becomes small when the rate does."""


def momentum_step(w, v, dw, eta, momentum, decay):
    v = momentum * v - decay * w - eta * dw
    return w + v, v


def rate(step, eta, every):
    return eta / 10 ** min(step // every, 3)
