"""The rate is divided three times and then no more; this goes on."""


def momentum_step(w, v, dw, eta, momentum, decay):
    v = momentum * v - decay * eta * w - eta * dw
    return w + v, v


def rate(step, eta, every):
    return eta / 10 ** (step // every)
