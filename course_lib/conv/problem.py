"""Which convolution: its sizes, worked out and checked in one place for every algorithm.

    xp, conv = problem.forward(x, w, stride, padding, dilation, groups)
    conv.P, conv.Q                          # of the result
    padded[..., *conv.tap(r, s)]            # what w[:, :, r, s] is multiplied with, N C P Q

| here                      | meaning                                                              |
|---------------------------|----------------------------------------------------------------------|
| N, C, H, W                | images, their channels, height and width                             |
| K, R, S                   | filters, their height and width                                      |
| P, Q                      | height and width of the result                                       |
| stride, padding, dilation | each a pair, down and across                                         |
| groups                    | filters k of one group see the C / groups channels of that group     |
"""

from typing import NamedTuple

from course_lib.arrays import floats, is_whole
from course_lib.errors import UserError
from course_lib.shapes import conv_size


class ConvError(UserError, ValueError):
    """Shapes or options that make no convolution, or one that an algorithm cannot do."""


class Counts(NamedTuple):
    """What an algorithm needs for one forward convolution.

    multiplications  of numbers, in the sum over channels; those of the transforms before and after it are not counted
    flops            all additions and multiplications, transforms among them
    workspace        bytes of memory beside x, w and y, where it needs most
    words            elements that its stages read and write, each stage its operands once
    """

    multiplications: int
    flops: int
    workspace: int
    words: int


class Convolution(NamedTuple):
    """One convolution; the table above says what the letters mean."""

    N: int
    C: int
    H: int
    W: int
    K: int
    R: int
    S: int
    P: int
    Q: int
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int

    c = property(lambda self: self.C // self.groups)  # channels of one group
    k = property(lambda self: self.K // self.groups)  # filters of one group
    x = property(lambda self: (self.N, self.C, self.H, self.W))
    w = property(lambda self: (self.K, self.c, self.R, self.S))
    y = property(lambda self: (self.N, self.K, self.P, self.Q))
    padded = property(lambda self: (self.H + 2 * self.padding[0], self.W + 2 * self.padding[1]))  # height, width
    inside = property(lambda self: _inside(self.padding, self.H, self.W))  # where x lies in the padded image

    def tap(self, r: int, s: int, first: int = 0, rows: int | None = None) -> tuple[slice, slice]:
        """Where the elements lie, in a padded image, that w[:, :, r, s] meets: for `rows` rows of the result (all)
        from the `first`. In the order of P, Q."""
        (down, across), (apart, beside) = self.stride, self.dilation
        top, left, rows = first * down + r * apart, s * beside, self.P if rows is None else rows
        return slice(top, top + (rows - 1) * down + 1, down), slice(left, left + (self.Q - 1) * across + 1, across)

    def only(self, algorithm: str, instead: str, stride=None, dilation=None) -> None:
        """Raises ConvError where an algorithm cannot do this stride or dilation, naming one that can."""
        for name, allowed in (("stride", stride), ("dilation", dilation)):
            if allowed is not None and getattr(self, name) != (allowed, allowed):
                raise ConvError(
                    f"{algorithm} needs {name} {allowed}, but {getattr(self, name)} came; {instead} takes any {name}"
                )


def _inside(padding, H, W):
    return slice(padding[0], padding[0] + H), slice(padding[1], padding[1] + W)


def forward(x, w, stride, padding, dilation, groups):
    """(namespace, Convolution) of x NCHW and w KCRS. Raises ArrayError or ConvError."""
    return floats(x=x, w=w), sizes(x.shape, w.shape, stride, padding, dilation, groups)


def grad_x(dy, w, shape, stride, padding, dilation, groups):
    """(namespace, Convolution) of dy NKPQ and w KCRS; shape: of x. Raises ArrayError or ConvError."""
    return floats(dy=dy, w=w), fits(dy, sizes(shape, w.shape, stride, padding, dilation, groups))


def grad_w(x, dy, shape, stride, padding, dilation, groups):
    """(namespace, Convolution) of x NCHW and dy NKPQ; shape: of w. Raises ArrayError or ConvError."""
    return floats(x=x, dy=dy), fits(dy, sizes(x.shape, shape, stride, padding, dilation, groups))


def overlap(start: int, length: int, size: int) -> tuple[slice, slice]:
    """Of `length` places along an axis, the first of which is element `start` of an array of that size and may lie
    before it: (the places that lie in the array, the elements there)."""
    first, end = max(start, 0), max(min(start + length, size), 0)
    return slice(first - start, max(end, first) - start), slice(first, max(end, first))


def fits(dy, conv):
    if tuple(dy.shape) != conv.y:
        raise ConvError(
            f"x of shape {conv.x} and w of shape {conv.w} give y of shape {conv.y}, so dy has that shape, "
            f"but it has {tuple(dy.shape)}"
        )
    return conv


def sizes(x_shape, w_shape, stride=1, padding=0, dilation=1, groups=1) -> Convolution:
    """The convolution of these shapes. N may be 0; every other size is at least 1. Raises ConvError."""
    N, C, H, W = _shape("x", "NCHW: images, channels, height, width", x_shape, 0)
    K, c, R, S = _shape("w", "KCRS: filters, channels, height, width", w_shape, 1)
    stride, padding, dilation = _pair("stride", stride, 1), _pair("padding", padding, 0), _pair("dilation", dilation, 1)
    if not is_whole(groups, 1) or C % groups or K % groups:
        raise ConvError(
            f"groups is an integer that divides channels and filters, but {groups!r} came for {C} channels of x and "
            f"{K} filters"
        )
    if c != C // groups:
        raise ConvError(
            f"x has {C} channels in {groups} group{'s'[: groups > 1]}, so that a filter has {C // groups}, "
            f"but w has {c}: its shape is {tuple(w_shape)}"
        )
    P, Q = map(conv_size, (H, W), (R, S), stride, padding, dilation)
    if P < 1 or Q < 1:
        reach = tuple(d * (n - 1) + 1 for d, n in zip(dilation, (R, S), strict=True))
        raise ConvError(
            f"the filters reach over {reach[0]} x {reach[1]} elements, but the padded image has only "
            f"{H + 2 * padding[0]} x {W + 2 * padding[1]}; pad it more, or take smaller filters"
        )
    return Convolution(N, C, H, W, K, R, S, P, Q, stride, padding, dilation, groups)


def _shape(name, letters, shape, least) -> tuple[int, ...]:
    shape = tuple(shape) if isinstance(shape, (tuple, list)) else shape
    if not isinstance(shape, tuple) or len(shape) != 4 or not all(map(is_whole, shape, (least, 1, 1, 1))):
        raise ConvError(f"the shape of {name} is {letters}, each at least 1, but {shape!r} came")
    return tuple(map(int, shape))


def _pair(name, value, least) -> tuple[int, int]:
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2 or not all(map(is_whole, pair, (least, least))):
        raise ConvError(
            f"{name} is an integer of at least {least}, or a pair of them (down, across), but {value!r} came"
        )
    return int(pair[0]), int(pair[1])
