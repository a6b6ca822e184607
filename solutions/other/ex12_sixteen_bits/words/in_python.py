import math

import numpy as np


def multiply(A, B, FL):
    C = np.zeros((A.shape[0], B.shape[1]), np.int16)
    for i, row in enumerate(A.tolist()):
        for j, column in enumerate(B.T.tolist()):
            exact = sum(a * b for a, b in zip(row, column, strict=True))
            C[i, j] = max(-32768, min(32767, math.floor(exact / 2**FL + 0.5)))
    return C
