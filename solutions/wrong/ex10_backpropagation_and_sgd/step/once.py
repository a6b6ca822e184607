"""The rate falls only once here; it falls after `every` steps, and twice more."""


def momentum_step(w, v, dw, eta, momentum, decay):
    v = momentum * v - decay * eta * w - eta * dw
    return w + v, v


def rate(step, eta, every):
    return eta / 10 if step >= every else eta
