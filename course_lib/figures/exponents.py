"""How large numbers are, power of two by power of two, above the range that a format holds."""

import numpy as np

from course_lib.figures.picture import BLUE, GREY, INK, ORANGE, Picture, axes, picture

STYLES = ((ORANGE, "-"), (BLUE, "--"), (INK, ":"))


def exponents(series: dict[str, np.ndarray], least: float, normal: float, most: float, name: str) -> Picture:
    """At most three series of numbers, of which zeros are left out: which share of each lies at which power of two.

    The format `name` holds numbers from `least` to `most`, and all its bits only from `normal` on: powers of two.
    """
    figure, ax = axes(7.2, 3.2)
    edges = [np.log2(value) for value in (least, normal, most)]
    ax.axvspan(edges[1], edges[2], color=GREY, alpha=0.3, label=f"{name}, with all its bits")
    ax.axvspan(edges[0], edges[1], color=GREY, alpha=0.15, hatch="//", label=f"{name}, with fewer and fewer")
    said = []
    for (label, numbers), (color, dashes) in zip(series.items(), STYLES, strict=False):
        sizes = np.abs(np.asarray(numbers, "f8").ravel())
        powers = np.floor(np.log2(sizes[sizes > 0]))
        places = np.arange(powers.min() - 1, powers.max() + 2)
        shares = [100 * np.mean(powers == place) for place in places]
        ax.step(places, shares, where="post", color=color, linestyle=dashes, linewidth=2, label=label)
        below = np.mean(sizes[sizes > 0] <= least / 2)
        said.append(f"{label}: {below:.0%} too small for it")
    ax.set(xlabel="power of two", ylabel="share of the numbers, %")
    ax.set_ylim(bottom=0)
    figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    span = f"{name} holds 2^{edges[0]:.0f} to 2^{edges[2]:.0f}, with all its bits from 2^{edges[1]:.0f} on"
    return picture(figure, f"Sizes of numbers by powers of two; {span}. {'; '.join(said)}.")
