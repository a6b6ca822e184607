"""v and w have changed places in what is returned."""


def momentum_step(w, v, dw, eta, momentum, decay):
    v = momentum * v - decay * eta * w - eta * dw
    return v, w + v


def rate(step, eta, every):
    return eta / 10 ** min(step // every, 3)
