"""As in torch, v is made of gradients, with their sign and without the rate; Krizhevsky's has both minus and rate."""


def momentum_step(w, v, dw, eta, momentum, decay):
    v = momentum * v + decay * w + dw
    return w - eta * v, v


def rate(step, eta, every):
    return eta / 10 ** min(step // every, 3)
