"""A window that slides over an image: where it stops, and which pixels it sees there."""

from dataclasses import dataclass

from course_lib.arrays import namespace
from course_lib.nn.layer import LayerError, pair


@dataclass(frozen=True)
class Window:
    """R x S pixels that move by `stride`, over an image with `padding` around it. All three are pairs.

        P = (H + 2 padding - R) / stride + 1,

    rounded down; with ceil it is rounded up, if the last window still begins inside the image or the padding before it.
    """

    size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int] = (0, 0)
    ceil: bool = False

    @classmethod
    def of(cls, size, stride, padding, ceil) -> "Window":
        """From what a user gives: numbers or pairs; without a stride the windows lie side by side."""
        size, padding = pair("the size of a window", size, 1), pair("padding", padding, 0)
        stride = size if stride is None else pair("stride", stride, 1)
        if any(2 * p > r for p, r in zip(padding, size, strict=True)):
            raise LayerError(f"a window of {size} can have half its size as padding, but the padding is {padding}")
        return cls(size, stride, padding, ceil)

    @property
    def overlaps(self) -> bool:
        """Whether a pixel may be in more than one window."""
        return any(step < size for step, size in zip(self.stride, self.size, strict=True))

    def outputs(self, image: tuple[int, int]) -> tuple[int, int]:
        """P, Q from H, W. Raises LayerError where the window is larger than the image."""
        return tuple(map(self._stops, image, self.size, self.stride, self.padding))

    def _stops(self, length, size, stride, padding):
        room = length + 2 * padding - size
        if room < 0:
            raise LayerError(f"a window of {size} pixels does not fit in {length} with padding {padding}")
        if not self.ceil:
            return room // stride + 1
        stops = -(-room // stride) + 1
        return stops - ((stops - 1) * stride >= length + padding)

    def room(self, shape):
        """N C H W of the image with all that a window sees beyond its border."""
        stops = self.outputs(shape[2:])
        needed = [(n - 1) * d + r for n, d, r in zip(stops, self.stride, self.size, strict=True)]
        return *shape[:2], *(max(n, p + h) for n, p, h in zip(needed, self.padding, shape[2:], strict=True))

    def padded(self, x, fill: float):
        """x N C H W in the middle of its room, the rest filled; x itself where there is nothing to fill."""
        room = self.room(x.shape)
        if room == x.shape:
            return x
        wide = namespace(x).empty_like(x, shape=room)
        wide.fill(fill)
        self.inside(wide, x.shape)[...] = x
        return wide

    def inside(self, wide, shape):
        """The part of a padded array that is the image."""
        top, left = self.padding
        return wide[:, :, top : top + shape[2], left : left + shape[3]]

    def parts(self, wide, image: tuple[int, int]):
        """For each of the R S places in a window, the pixels at that place of all windows: views, N C P Q."""
        (p, q), (down, right) = self.outputs(image), self.stride
        for r in range(self.size[0]):
            for s in range(self.size[1]):
                yield wide[:, :, r : r + (p - 1) * down + 1 : down, s : s + (q - 1) * right + 1 : right]
