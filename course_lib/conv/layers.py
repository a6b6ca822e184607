"""Convolutions of published networks, to measure with: square images and filters, one group.

AlexNet's are those of its one-tower version (Krizhevsky, *One weird trick for parallelizing convolutional neural
networks*, 2014); VGG's of Simonyan, Zisserman, *Very deep convolutional networks*, 2015, as in Lavin and Gray's tables.
"""

from typing import NamedTuple


class Layer(NamedTuple):
    """C channels of H x H, K filters of R x R; stride and padding on all sides."""

    C: int
    H: int
    K: int
    R: int
    stride: int
    padding: int

    def x(self, N: int) -> tuple[int, int, int, int]:
        """The shape of x for N images."""
        return N, self.C, self.H, self.H

    @property
    def w(self) -> tuple[int, int, int, int]:
        return self.K, self.C, self.R, self.R


LAYERS = {
    "AlexNet conv1": Layer(3, 224, 64, 11, 4, 2),
    "AlexNet conv2": Layer(64, 27, 192, 5, 1, 2),
    "AlexNet conv3": Layer(192, 13, 384, 3, 1, 1),
    "AlexNet conv4": Layer(384, 13, 256, 3, 1, 1),
    "AlexNet conv5": Layer(256, 13, 256, 3, 1, 1),
    "VGG 1.2": Layer(64, 224, 64, 3, 1, 1),
    "VGG 2.2": Layer(128, 112, 128, 3, 1, 1),
    "VGG 3.2": Layer(256, 56, 256, 3, 1, 1),
    "VGG 4.2": Layer(512, 28, 512, 3, 1, 1),
    "VGG 5.2": Layer(512, 14, 512, 3, 1, 1),
}
