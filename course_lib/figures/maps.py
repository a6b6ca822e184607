"""Small images in rows: filters, what a layer makes of a picture, and gradients."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from course_lib.figures.picture import BLUE, GREY, ORANGE, Picture, picture

SIGNED = LinearSegmentedColormap.from_list("signed", [BLUE, "white", ORANGE])


def maps(rows: dict[str, dict[str, np.ndarray]], across: int | None = None) -> Picture:
    """`rows`: what a row is -> {title: image of two axes}. Spaces around a title are not shown.

    An image without negative numbers is grey, dark where it is large. Another is blue below 0, white at 0 and orange
    above, each on a scale of its own. One of three axes, (height, width, 3) and 0 to 1, is in its colours.
    across: how many images side by side (as many as the longest row has).
    """
    across = across or max(map(len, rows.values()))
    lines = [
        (name if not begin else "", list(images.items())[begin : begin + across])
        for name, images in rows.items()
        for begin in range(0, len(images), across)
    ]
    side = min(1.2, 7.0 / across)
    figure = Figure(figsize=(7.4, (side + 0.22) * len(lines) + 0.2 * len(rows)), layout="constrained")
    panels = figure.subfigures(len(lines), 1, squeeze=False)
    for (name, images), panel in zip(lines, panels[:, 0], strict=True):
        grid = panel.subplots(1, across, squeeze=False)[0]
        if name:
            panel.suptitle(name, fontsize=9.5, x=0.01, ha="left")
        for ax in grid[len(images) :]:
            ax.set_axis_off()
        for ax, (title, image) in zip(grid, images, strict=False):
            largest = float(np.abs(image).max()) or 1.0
            signed = bool((image < 0).any())
            scale = {"cmap": SIGNED, "vmin": -largest} if signed else {"cmap": "gray_r", "vmin": 0}
            if image.ndim == 3:
                image, scale = image.clip(0, 1), {}
            ax.imshow(image, vmax=largest, interpolation="nearest", **scale)
            ax.set_title(title.strip(), fontsize=8.5)
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set(color=GREY, linewidth=0.5)
    return picture(figure, _in_words(rows))


def _in_words(rows):
    said = []
    for name, images in rows.items():
        each = [
            f"{title.strip() or number} ({' x '.join(map(str, image.shape))}, {image.min():.2g} to {image.max():.2g})"
            for number, (title, image) in enumerate(images.items(), 1)
        ]
        said.append(f"{name}: {', '.join(each)}" if name else ", ".join(each))
    return "Images. " + "; ".join(said) + "."
