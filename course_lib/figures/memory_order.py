"""In which order the elements of an array lie in memory: one strip for each order of its axes."""

import numpy as np

from course_lib.figures.drawing import INK, PALE, QUIET, Drawing, box, drawing, text

FILLS = (("#0072b2", "#ffffff"), (PALE, INK), ("#f2d9c6", INK))  # of the first three channels; words on it
LEFT, TOP, SIDE, ROW = 84, 16, 24, 44  # pixels


def memory_order(shape: tuple[int, int, int, int], orders: tuple[str, ...] = ("NCHW", "NHWC", "CNHW")) -> Drawing:
    """N C H W, at most three channels and 30 elements. A box is an element, in the order of memory; it shows the number
    of its channel. A gap stands where the first axis of the order moves on.
    """
    parts, said = [], []
    channel = np.broadcast_to(np.arange(shape[1])[None, :, None, None], shape)
    for number, order in enumerate(orders):
        y = TOP + number * ROW
        parts.append(text(LEFT - 12, y + 17, order, "end", font_family="monospace"))
        axes = ["NCHW".index(axis) for axis in order]
        laid = channel.transpose(axes)
        whole = laid[0].size
        for place, c in enumerate(laid.ravel().tolist()):
            fill, ink = FILLS[c]
            x = LEFT + place * SIDE + 10 * (place // whole)
            parts += [box(x, y, SIDE - 2, SIDE, fill, QUIET), text(x + SIDE / 2 - 1, y + 17, c, "middle", ink)]
        said.append(f"{order}: channels {' '.join(map(str, laid.ravel()))}")
    title = f"Where {' x '.join(map(str, shape))} numbers lie"
    width = LEFT + SIDE * channel.size + 10 * max(shape) + 12
    return drawing(width, TOP + ROW * len(orders), title, f"{title}, in the order of memory. {'; '.join(said)}.", parts)
