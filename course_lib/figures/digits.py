"""Small grey images in a row, each with what was said and what was true."""

import numpy as np
from matplotlib.figure import Figure

from course_lib.figures.picture import ORANGE, Picture, picture


def mistakes(images: np.ndarray, said: np.ndarray, truth: np.ndarray, most: int = 14) -> Picture:
    """The first `most` images (b, height, width) where `said` (b,) differs from `truth` (b,). Dark is ink."""
    wrong = np.flatnonzero(said != truth)
    shown = wrong[:most]
    rows = max(1, -(-len(shown) // 7))
    figure = Figure(figsize=(7.2, 1.45 * rows), layout="constrained")
    grid = figure.subplots(rows, 7, squeeze=False)
    for ax in grid.flat:
        ax.set_axis_off()
    for ax, i in zip(grid.flat, shown, strict=False):
        ax.imshow(images[i], cmap="gray_r")
        ax.set_title(f"said {said[i]}, is {truth[i]}", fontsize=9, color=ORANGE)
    if not len(wrong):
        grid[0, 3].set_title("no mistake")
    pairs = ", ".join(f"{truth[i]} taken for {said[i]}" for i in shown)
    alt = f"{len(wrong)} of {len(truth)} digits are misread" + (f"; the first {len(shown)}: {pairs}." if pairs else ".")
    return picture(figure, alt)
