"""Only the results that stay inside are given; round the circle there are n of them."""


def around(x, w):
    """n results, of n elements in a circle."""
    return sum(x[k : len(x) - len(w) + 1 + k] * w[k] for k in range(len(w)))


def spoiled(n, r):
    """The numbers of the results that read the beginning again."""
    return list(range(n - r + 1, n))


def length_needed(n, r, results):
    """The shortest circle on which the first so many results are right."""
    return max(n, results + r - 1)
