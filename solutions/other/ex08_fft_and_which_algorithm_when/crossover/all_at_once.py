import math


def by_definition(x, w):
    (N, C, H, W), (K, _, R, S) = x, w
    return N * C * K * ((H - R + 1) * R) * ((W - S + 1) * S) * 2


def by_fft(x, w):
    (N, C, H, W), K = x, w[0]
    one = 2.5 * (H * W) * (math.log2(H) + math.log2(W))
    return one * (N * C + C * K + K * N) + (N * C * K) * H * (W // 2 + 1) * 8


def crossover(x, K, most):
    def fewer(R):
        w = (K, x[1], R, R)
        return by_definition(x, w) > by_fft(x, w)

    return min((R for R in range(3, most + 1) if R % 2 and fewer(R)), default=0)
