"""Batch normalisation: each channel has mean 0 and variance 1 over the batch, then a trainable scale and shift."""

from course_lib.arrays import floats, on
from course_lib.nn.layer import Layer, LayerError, Tensor, arrived, real, views


class BatchNorm(Layer):
    """y = gamma z + beta,  z = (x - mean) / sqrt(variance + eps), over all that a channel has in the batch.

        dgamma = sum of dy z,   dbeta = sum of dy,
        dx = gamma / sqrt(variance + eps) (dy - mean of dy - z mean of dy z)

    Training uses the batch's own mean and variance (m values, divided by m), and moves the running ones by `momentum`
    towards them (that variance divided by m - 1). Evaluation uses the running ones, which the layer holds: they are no
    parameters, and each replica of a network has its own. To evaluate, dx = gamma / sqrt(variance + eps) dy.
    x, y N C H W or N C. scale=False: there is no gamma.
    Source: S. Ioffe, C. Szegedy, *Batch Normalization*, ICML 2015.
    """

    remembers = True

    def __init__(self, eps: float = 1e-5, momentum: float = 0.1, scale: bool = True):
        if not real(eps) > 0 or not 0 <= real(momentum) <= 1:
            raise LayerError(f"eps should be above 0 and momentum from 0 to 1; they are {eps!r} and {momentum!r}")
        self.eps, self.momentum, self.scale = float(eps), float(momentum), bool(scale)
        self.mean, self.variance = 0.0, 1.0  # of each channel, once a batch was seen

    def __repr__(self):
        return f"BatchNorm(eps={self.eps}, momentum={self.momentum}, scale={self.scale})"

    def shape(self, x):
        if len(x) not in (1, 3):
            raise LayerError(f"{self!r} takes images or rows of numbers, but {x} comes")
        return x

    def tensors(self, x):
        beta = {"beta": Tensor((x[0],), 0.0)}
        return {"gamma": Tensor((x[0],), 1.0)} | beta if self.scale else beta

    def forward(self, x, w=None, train=False):
        xp = floats(x=x, w=w)
        self.shape(x.shape[1:])
        tensors = views(w, self.tensors(x.shape[1:]))
        if getattr(self.mean, "shape", x.shape[1:2]) != x.shape[1:2]:
            seen = self.mean.shape[0]
            raise LayerError(
                f"{self!r} remembers {seen} channels, but x has {x.shape[1]}; give each place its own layer"
            )
        axes, wide = _axes(x)
        if train:
            m = x.size // x.shape[1]
            if m < 2:
                raise LayerError(
                    f"{self!r} trains on two values of a channel or more, but x has the shape {x.shape}; take "
                    "batches of another size, of which the last has more than one example"
                )
            mean = x.mean(axes)
            centred = x - wide(mean)
            variance = (centred * centred).mean(axes)
            self._remember(xp, mean, variance * (m / (m - 1)))
        else:
            mean, variance = (xp.broadcast_to(on(xp, s, x.dtype), x.shape[1:2]) for s in (self.mean, self.variance))
            centred = x - wide(mean)
        spread = 1 / xp.sqrt(variance + self.eps)
        z = centred * wide(spread)
        y = z * wide(tensors["gamma"]) if self.scale else z.copy("K")
        y += wide(tensors["beta"])
        return y, (z, spread, bool(train))

    def _remember(self, xp, mean, variance):
        before = (on(xp, s, mean.dtype) for s in (self.mean, self.variance))  # the last batch may have been elsewhere
        self.mean, self.variance = (
            (1 - self.momentum) * old + self.momentum * new for old, new in zip(before, (mean, variance), strict=True)
        )

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        z, spread, train = kept
        arrived(dy, z.shape)
        axes, wide = _axes(z)
        tensors = self.tensors(z.shape[1:])
        dtensors = views(dw, tensors)
        dbeta, dgamma = dy.sum(axes), (dy * z).sum(axes)
        dtensors["beta"][...] = dbeta
        if self.scale:
            dtensors["gamma"][...] = dgamma
            spread = spread * views(w, tensors)["gamma"]
        if not train:
            return dy * wide(spread)
        m = z.size // z.shape[1]
        return wide(spread) * (dy - wide(dbeta / m) - z * wide(dgamma / m))


def _axes(x):
    """The axes that a channel's values lie along, and a function that lays a vector of channels beside x."""
    if x.ndim == 4:
        return (0, 2, 3), lambda v: v[:, None, None]
    return (0,), lambda v: v
