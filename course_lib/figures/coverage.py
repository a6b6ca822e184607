"""Which elements of a matrix were written, under the edges of the blocks that should have written them."""

import numpy as np
from matplotlib.colors import ListedColormap

from course_lib.figures.picture import INK, ORANGE, PALE, Picture, axes, picture


def coverage(written: np.ndarray, block: tuple[int, int]) -> Picture:
    """`written` is a boolean matrix (m, n); `block` is (blockDim.x, blockDim.y), so x runs along columns."""
    m, n = written.shape
    figure, ax = axes(3.9, 0.5 + 3.3 * min(m / n, 1.5))
    ax.imshow(written, cmap=ListedColormap([ORANGE, PALE]), vmin=0, vmax=1, extent=(0, n, m, 0))
    ax.set_xticks(range(0, n + 1, block[0]))
    ax.set_yticks(range(0, m + 1, block[1]))
    ax.grid(color=INK, linewidth=0.6)
    ax.set(xlabel="column of C", ylabel="row of C", title=f"written: {written.mean():.2%} of C (orange: never)")
    return picture(figure, _in_words(written, block))


def _in_words(written: np.ndarray, block: tuple[int, int]) -> str:
    m, n = written.shape
    words = f"{written.sum()} of the {m} x {n} elements of C were written, {written.mean():.2%}."
    rows, columns = np.flatnonzero(~written.any(axis=1)), np.flatnonzero(~written.any(axis=0))
    for kind, missed in (("rows", rows), ("columns", columns)):
        if len(missed):
            words += f" Never written: {kind} {missed[0]} to {missed[-1]}."
    return words + f" Lines mark the edges of blocks, {block[0]} columns by {block[1]} rows each."
