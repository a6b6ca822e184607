"""What an all-reduce costs: each of p ranks holds n bytes and ends with the sum of all.

| symbol | meaning                                | unit     |
|--------|----------------------------------------|----------|
| p      | ranks, on full-duplex links            |          |
| n      | bytes that each holds                  | bytes    |
| alpha  | latency: what every message costs      | s        |
| beta   | 1 / bandwidth: what every byte costs   | s / byte |
| gamma  | what it costs to add a byte to another | s / byte |

All functions give seconds. They hold where p divides n, and p is a power of two where that is said.
Source: R. Thakur, R. Rabenseifner, W. Gropp, *Optimization of Collective Communication Operations in MPICH*, IJHPCA
19(1), 2005; for the ring P. Patarasuk, X. Yuan, *Bandwidth optimal all-reduce algorithms*, JPDC 69(2), 2009.
"""

import math

from course_lib.errors import UserError


class CostError(UserError, ValueError):
    """A formula was asked for numbers for which it does not hold."""


def flat(p: int, n: float, alpha: float, beta: float, gamma: float = 0.0) -> float:
    """All send to one, which adds and sends the sum to each: 2 (p-1) (alpha + n beta) + (p-1) n gamma."""
    _require(p, n, alpha, beta, gamma)
    return 2 * (p - 1) * (alpha + n * beta) + (p - 1) * n * gamma


def tree(p: int, n: float, alpha: float, beta: float, gamma: float = 0.0) -> float:
    """Binomial tree, up and down: 2 lg p (alpha + n beta) + lg p n gamma, with lg p rounded up.

    Where p is no power of two, some adding can hide behind receiving, so it may take up to (lg p - 1) n gamma less.
    """
    _require(p, n, alpha, beta, gamma)
    steps = math.ceil(math.log2(p))
    return 2 * steps * (alpha + n * beta) + steps * n * gamma


def recursive_doubling(p: int, n: float, alpha: float, beta: float, gamma: float = 0.0) -> float:
    """Partners 1, 2, 4, … apart exchange all they have: lg p (alpha + n beta + n gamma). p = 2^k."""
    _require(p, n, alpha, beta, gamma)
    _require_power(p, "recursive doubling")
    return math.log2(p) * (alpha + n * beta + n * gamma)


def rabenseifner(p: int, n: float, alpha: float, beta: float, gamma: float = 0.0) -> float:
    """Recursive halving, then doubling: 2 lg p alpha + 2 (p-1)/p n beta + (p-1)/p n gamma.

    Where p is no power of two, with q = 2^floor(lg p): the p - q others first give their n bytes to a partner and get
    the sum from it in the end: 2 (alpha + n beta) + n gamma more, and q in place of p.
    """
    _require(p, n, alpha, beta, gamma)
    q = 2 ** math.floor(math.log2(p))
    halving = 2 * math.log2(q) * alpha + (q - 1) / q * n * (2 * beta + gamma)
    return halving if q == p else halving + 2 * (alpha + n * beta) + n * gamma


def ring(p: int, n: float, alpha: float, beta: float, gamma: float = 0.0) -> float:
    """Reduce-scatter, then all-gather: 2 (p-1) alpha + 2 (p-1)/p n beta + (p-1)/p n gamma."""
    _require(p, n, alpha, beta, gamma)
    return 2 * (p - 1) * alpha + (p - 1) / p * n * (2 * beta + gamma)


def lower_bound(p: int, n: float, alpha: float, beta: float, gamma: float = 0.0) -> float:
    """What no algorithm can undercut: the largest of ceil(lg p) alpha, 2 (p-1)/p n beta and (p-1)/p n gamma."""
    _require(p, n, alpha, beta, gamma)
    share = (p - 1) / p * n
    return max(math.ceil(math.log2(p)) * alpha, 2 * share * beta, share * gamma)


def crossover(p: int, alpha: float, beta: float) -> float:
    """Bytes from which Rabenseifner is faster than recursive doubling, with gamma = 0. p = 2^k from 4 on.

    n* = lg p alpha / (beta (lg p - 2 (p-1)/p))
    """
    _require(p, 0, alpha, beta, 0)
    _require_power(p, "the crossover")
    if p < 4 or not beta > 0:
        raise CostError(f"the two meet for 4 ranks or more and a beta above 0, not for {p} and {beta}")
    return math.log2(p) * alpha / (beta * (math.log2(p) - 2 * (p - 1) / p))


def _require(p, n, alpha, beta, gamma) -> None:
    if type(p) is not int or p < 1:
        raise CostError(f"p, the number of ranks, should be a whole number from 1 on, but it is {p!r}")
    for name, value in {"n": n, "alpha": alpha, "beta": beta, "gamma": gamma}.items():
        if not 0 <= value < math.inf:
            raise CostError(f"{name} should be a finite number from 0 on, but it is {value!r}")


def _require_power(p: int, what: str) -> None:
    if p & (p - 1):
        raise CostError(f"{what} needs a power of two of ranks, but p is {p}; rabenseifner and ring take any number")
