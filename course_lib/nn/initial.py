"""How far from zero weights start: the standard deviation of a normal distribution, from the numbers of connections.

    net.initial(seed=0, spread=he)

fan_in is the number of weights that one output sums, fan_out the number of outputs that one input reaches.
"""

import math


def he(fan_in: int, fan_out: int) -> float:
    """sqrt(2 / fan_in): signals keep their size through ReLU. He, Zhang, Ren, Sun, ICCV 2015."""
    return math.sqrt(2 / fan_in)


def glorot(fan_in: int, fan_out: int) -> float:
    """sqrt(2 / (fan_in + fan_out)): a compromise of forward and backward. Glorot, Bengio, AISTATS 2010."""
    return math.sqrt(2 / (fan_in + fan_out))


def lecun(fan_in: int, fan_out: int) -> float:
    """sqrt(1 / fan_in): a sum of inputs of variance 1 has variance 1. LeCun, Bottou, Orr, Müller, 1998."""
    return math.sqrt(1 / fan_in)


def krizhevsky(fan_in: int, fan_out: int) -> float:
    """0.01, everywhere. Krizhevsky, Sutskever, Hinton, NIPS 2012."""
    return 0.01
