"""Local response normalisation: a unit is damped by the same unit of neighbouring channels."""

from dataclasses import dataclass

from course_lib.arrays import floats
from course_lib.nn.layer import Layer, LayerError, arrived, image, real, settle, whole


@dataclass(frozen=True)
class LRN(Layer):
    """y_i = x_i u_i^-beta,  u_i = k + alpha sum of x_j² over the n channels j around i (fewer at the border).

        dx_j = dy_j u_j^-beta - 2 alpha beta x_j sum over the i around j of dy_i x_i u_i^(-beta-1)

    n is odd, so that i is in the middle; alpha is not divided by n. x, y N C H W.
    Source: A. Krizhevsky, I. Sutskever, G. Hinton, *ImageNet Classification with Deep Convolutional Neural Networks*,
    NIPS 25, 2012, section 3.3.
    """

    n: int = 5
    k: float = 2.0
    alpha: float = 1e-4
    beta: float = 0.75

    def __post_init__(self):
        if whole("n", self.n) % 2 == 0:
            raise LayerError(f"n should be odd, so that a channel is in the middle of its neighbours; it is {self.n}")
        if not real(self.k) > 0 or not real(self.alpha) >= 0 or not real(self.beta) >= 0:
            told = f"they are {self.k!r}, {self.alpha!r} and {self.beta!r}"
            raise LayerError(f"k should be above 0, alpha and beta 0 or more; {told}")
        settle(self, n=whole("n", self.n), k=float(self.k), alpha=float(self.alpha), beta=float(self.beta))

    def shape(self, x):
        return image(self, x)

    def forward(self, x, w=None, train=False):
        floats(x=x)
        self.shape(x.shape[1:])
        u = self._around(x * x)
        u *= self.alpha
        u += self.k
        return x * u**-self.beta, (x, u)

    def backward(self, dy, kept, w=None, dw=None, want_dx=True):
        x, u = kept
        arrived(dy, x.shape)
        direct = dy * u**-self.beta
        return direct - 2 * self.alpha * self.beta * x * self._around(direct * x / u)

    def _around(self, x):
        """The sum over each channel and its neighbours."""
        total = x.copy("K")
        for off in range(1, self.n // 2 + 1):
            total[:, off:] += x[:, :-off]
            total[:, :-off] += x[:, off:]
        return total
