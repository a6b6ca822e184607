"""The rate falls one step too late: after `every` steps, step number `every` has the smaller one."""


def momentum_step(w, v, dw, eta, momentum, decay):
    v = momentum * v - decay * eta * w - eta * dw
    return w + v, v


def rate(step, eta, every):
    return eta / 10 ** min(max(step - 1, 0) // every, 3)
