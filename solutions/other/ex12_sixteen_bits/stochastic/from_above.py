import numpy as np


def stochastic(x, draws, IL, FL):
    eps = 2.0**-FL
    inside = np.clip(x, -(2.0 ** (IL - 1)), 2.0 ** (IL - 1) - eps)
    above = np.ceil(inside / eps) * eps
    return np.where(draws < (above - inside) / eps, above - eps, above)
