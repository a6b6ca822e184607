"""The decay has the wrong sign: it pulls each weight towards 0, and here it makes all of them grow."""


def momentum_step(w, v, dw, eta, momentum, decay):
    v = momentum * v + decay * eta * w - eta * dw
    return w + v, v


def rate(step, eta, every):
    return eta / 10 ** min(step // every, 3)
