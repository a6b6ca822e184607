"""That is Nesterov's momentum, which looks one step ahead. Krizhevsky's weights move by v itself."""


def momentum_step(w, v, dw, eta, momentum, decay):
    v = momentum * v - decay * eta * w - eta * dw
    return w + momentum * v - decay * eta * w - eta * dw, v


def rate(step, eta, every):
    return eta / 10 ** min(step // every, 3)
