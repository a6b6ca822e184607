"""The rate is multiplied to all of v at the end, as torch does it; in Krizhevsky's update it is inside v."""


def momentum_step(w, v, dw, eta, momentum, decay):
    v = momentum * v - decay * w - dw
    return w + eta * v, v


def rate(step, eta, every):
    return eta / 10 ** min(step // every, 3)
