"""Weights as small pictures: blue where they speak for something, orange where against."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_lib.figures.picture import BLUE, GREY, ORANGE, Picture, picture

SIGNED = LinearSegmentedColormap.from_list("signed", [ORANGE, "#ffffff", BLUE])


def weights(images: dict[str, np.ndarray], columns: int = 5) -> Picture:
    """Name -> (height, width), all on one scale that is white at 0."""
    rows, most = -(-len(images) // columns), max(float(np.abs(image).max()) for image in images.values()) or 1.0
    figure = Figure(figsize=(7.2, 0.4 + 1.5 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for ax in grid.flat:
        ax.set_axis_off()
    for ax, (name, image) in zip(grid.flat, images.items(), strict=False):
        drawn = ax.imshow(image, cmap=SIGNED, vmin=-most, vmax=most)
        ax.set_title(name, fontsize=10)
        ax.add_patch(_frame(image))
    figure.colorbar(drawn, ax=list(grid.flat), shrink=0.8)
    said = "; ".join(f"{name}: {_in_words(image)}" for name, image in images.items())
    return picture(figure, f"Weights as pictures. {said}.")


def _frame(image: np.ndarray) -> Rectangle:
    height, width = image.shape
    return Rectangle((-0.5, -0.5), width, height, fill=False, edgecolor=GREY, linewidth=0.8)


def _in_words(image: np.ndarray) -> str:
    ends = []
    for sign, flat in (("most for", image.argmax()), ("most against", image.argmin())):
        row, column = divmod(int(flat), image.shape[1])
        ends.append(f"{sign} at row {row}, column {column} ({image.flat[flat]:+.2f})")
    return ", ".join(ends)
