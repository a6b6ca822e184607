"""Distributed programs for the tests of the cluster: all-reduces, and a parameter server.

x holds p equal chunks where the program cuts it; gamma is what adding a byte costs, in seconds.
"""

import numpy as np

from course_lib.cluster.program import compute, recv, send


def flat(rank, p, x, gamma=0.0):
    """All to rank 0, which adds, and back."""
    if rank:
        yield send(0, x)
        return (yield recv(0)).payload
    others = []
    for _ in range(p - 1):
        others.append((yield recv()).payload)
    for other in others:
        x = x + other
        yield compute(gamma * x.nbytes)
    for other in range(1, p):
        yield send(other, x)
    return x


def tree(rank, p, x, gamma=0.0):
    """Binomial tree: sums go up to rank 0, and down again."""
    yield from ()
    x, bit = x.copy(), 1
    while bit < p and not rank & bit:
        if rank + bit < p:
            x += (yield recv(rank + bit)).payload
            yield compute(gamma * x.nbytes)
        bit *= 2
    if rank:
        yield send(rank - bit, x)
        x = (yield recv(rank - bit)).payload
    while (bit := bit // 2) > 0:
        if rank + bit < p:
            yield send(rank + bit, x)
    return x


def recursive_doubling(rank, p, x, gamma=0.0):
    yield from ()
    x, bit = x.copy(), 1
    while bit < p:
        yield send(rank ^ bit, x)
        x += (yield recv(rank ^ bit)).payload
        yield compute(gamma * x.nbytes)
        bit *= 2
    return x


def rabenseifner(rank, p, x, gamma=0.0):
    """Recursive halving, then doubling, among the last q = 2^k ranks; the others give their x to one of them before."""
    q = 1 << p.bit_length() - 1
    me, extra = rank - (p - q), p - q
    if me < 0:
        yield send(rank + extra, x)
        return (yield recv(rank + extra)).payload
    x = x.copy()
    if me < extra:
        x += (yield recv(me)).payload
        yield compute(gamma * x.nbytes)
    low, high, bit = 0, len(x), q // 2
    while bit:
        middle = (low + high) // 2
        mine, theirs = (slice(low, middle), slice(middle, high))[:: -1 if me & bit else 1]
        yield send((me ^ bit) + extra, x[theirs])
        x[mine] += (yield recv((me ^ bit) + extra)).payload
        yield compute(gamma * x[mine].nbytes)
        low, high, bit = mine.start, mine.stop, bit // 2
    bit = 1
    while bit < q:
        yield send((me ^ bit) + extra, x[low:high])
        other = slice(low - (high - low), low) if me & bit else slice(high, high + (high - low))
        x[other] = (yield recv((me ^ bit) + extra)).payload
        low, high, bit = min(low, other.start), max(high, other.stop), bit * 2
    if me < extra:
        yield send(me, x)
    return x


def ring(rank, p, x, gamma=0.0):
    """Reduce-scatter, then all-gather."""
    yield from ()
    chunks = np.array_split(x.copy(), p)
    right, left = (rank + 1) % p, (rank - 1) % p
    for step in range(p - 1):
        yield send(right, chunks[(rank - step) % p])
        mine = chunks[(rank - step - 1) % p]
        mine += (yield recv(left)).payload
        yield compute(gamma * mine.nbytes)
    for step in range(p - 1):
        yield send(right, chunks[(rank + 1 - step) % p])
        chunks[(rank - step) % p] = (yield recv(left)).payload
    return np.concatenate(chunks)


def server(workers, w, pushes, eta=0.1):
    """Apply each gradient when it comes, and send the model back; returns the model and who pushed, in order."""
    order = []
    for _ in range(pushes * workers):
        message = yield recv(tag="push")
        order.append(message.source)
        w = w - eta * message.payload
        yield send(message.source, w, "model")
    return w, order


def worker(w, target, pushes, seconds=0.001):
    """Pushes the gradient of |w - target|^2 / 2, `pushes` times, to rank 0."""
    for _ in range(pushes):
        yield compute(seconds)
        yield send(0, w - target, "push")
        w = (yield recv(0, "model")).payload
    return w


ALL_REDUCES = [flat, tree, recursive_doubling, rabenseifner, ring]
