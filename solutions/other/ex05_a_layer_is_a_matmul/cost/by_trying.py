"""The smallest batch by doubling, then by halving what is left."""


def step_operations(N, C, K, first):
    forward = 2 * N * C * K
    backward = forward if first else 2 * forward
    return forward + backward


def intensity(N, C, K, size):
    words = N * C + C * K + N * K
    return 2.0 * N * C * K / size / words


def smallest_batch(C, K, size, ridge):
    def enough(N):
        return 2 * N * C * K >= ridge * size * (N * C + C * K + N * K)

    high = 1
    while not enough(high):
        high *= 2
        if high > 2**40:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
