"""A right answer: the chain rule, one path after the other."""


def batch_norm_back(dy, x, gamma, eps):
    def wide(v):
        return v[None, :, None, None]

    m = x.shape[0] * x.shape[2] * x.shape[3]
    mu = x.sum((0, 2, 3)) / m
    centred = x - wide(mu)
    var = (centred**2).sum((0, 2, 3)) / m
    scale = (var + eps) ** -0.5
    dbeta = dy.sum((0, 2, 3))
    dgamma = (dy * centred).sum((0, 2, 3)) * scale
    dz = dy * wide(gamma)
    dvar = (dz * centred).sum((0, 2, 3)) * -0.5 * scale**3
    dmu = -(dz.sum((0, 2, 3))) * scale
    return dz * wide(scale) + 2 * centred * wide(dvar) / m + wide(dmu) / m, dgamma, dbeta
