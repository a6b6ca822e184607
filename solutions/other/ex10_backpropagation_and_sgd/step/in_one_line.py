def momentum_step(w, v, dw, eta, momentum, decay):
    new = momentum * v - eta * (dw + decay * w)
    return w + new, new


def rate(step, eta, every):
    for _ in range(3):
        if step >= every:
            step, eta = step - every, eta * 0.1
    return eta
