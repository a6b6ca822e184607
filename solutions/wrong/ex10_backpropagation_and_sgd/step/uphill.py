"""This steps along the gradient, where the loss grows: both the decay and the gradient have a minus."""


def momentum_step(w, v, dw, eta, momentum, decay):
    v = momentum * v + decay * eta * w + eta * dw
    return w + v, v


def rate(step, eta, every):
    return eta / 10 ** min(step // every, 3)
