"""Gradients in half precision: multiplied by a scale before the backward pass, so that small ones do not become zero.

Half precision knows no number nearer to 0 than 6e-8. A loss that is `scale` times as large has gradients that are so,
too; before the step they are divided by the scale again, in float32. The scale is found by trying: where a gradient
becomes infinite the step is left out and the scale halved; after so many good steps in a row it is doubled.

    scaling = LossScale()
    …                                      # backward from scaling.scale * loss, in half precision
    dw = scaling.unscaled(dw)              # float32, or None: leave this step out

Source: P. Micikevicius et al., *Mixed Precision Training*, ICLR 2018, section 3.2.
"""

from course_lib.arrays import namespace
from course_lib.errors import UserError
from course_lib.nn.layer import real


class ScaleError(UserError, ValueError):
    """A scale that gradients cannot be multiplied with."""


class LossScale:
    """scale: what the loss is to be multiplied with; skipped: steps that were left out."""

    def __init__(self, scale: float = 2.0**15, patience: int = 2000):
        if not 0 < real(scale) < float("inf") or not real(patience) >= 1:
            raise ScaleError(
                f"a scale above 0 and a patience of 1 step or more were expected; {scale!r}, {patience!r} came"
            )
        self.scale, self.patience = float(scale), patience
        self.skipped, self._good = 0, 0

    def unscaled(self, dw):
        """dw / scale in float32, or None where dw holds infinity or NaN. Call it once a step: it adapts the scale."""
        if not bool(namespace(dw).isfinite(dw).all()):
            self.scale, self.skipped, self._good = max(self.scale / 2, 1.0), self.skipped + 1, 0
            return None
        dw = dw.astype("f4") / self.scale
        self._good += 1
        if self._good == self.patience:
            self.scale, self._good = 2 * self.scale, 0
        return dw
