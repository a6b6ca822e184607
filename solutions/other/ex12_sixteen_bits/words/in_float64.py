import numpy as np


def multiply(A, B, FL):
    values = (A / 2.0**FL) @ (B / 2.0**FL)
    return np.clip(np.floor(values * 2.0**FL + 0.5), -32768, 32767).astype(np.int16)
