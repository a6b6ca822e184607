"""What was said of small images: all of it counted, and the mistakes one by one."""

import numpy as np
from matplotlib.figure import Figure

from course_lib.figures.picture import INK, ORANGE, Picture, axes, picture


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


def confusion(said: np.ndarray, truth: np.ndarray, classes: int = 10) -> Picture:
    """`said` (b,) and `truth` (b,) are classes from 0 on. A row is a true class, a column what was said of it."""
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (truth, said), 1)
    figure, ax = axes(4.6, 4.2)
    ax.imshow(np.sqrt(counts), cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            dark = np.sqrt(count) > 0.6 * np.sqrt(counts.max())
            ax.annotate(count, (column, row), ha="center", va="center", color="white" if dark else INK, fontsize=9)
    ax.set_xticks(range(classes))
    ax.set_yticks(range(classes))
    right = int(counts.trace())
    ax.set(xlabel="said", ylabel="is", title=f"{right} of {len(truth)} right")
    wrong = [(int(counts[i, j]), i, j) for i, j in np.argwhere(counts) if i != j]
    pairs = ", ".join(f"{n} of {i} taken for {j}" for n, i, j in sorted(wrong, reverse=True))
    return picture(figure, f"Of {len(truth)}, {right} on the diagonal are right" + (f"; {pairs}." if pairs else "."))
