import numpy as np


def stochastic(x, draws, IL, FL):
    words = np.floor(np.ldexp(x, FL) + draws)
    return np.ldexp(np.clip(words, -(2 ** (IL + FL - 1)), 2 ** (IL + FL - 1) - 1), -FL)
