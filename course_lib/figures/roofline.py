"""The roofline: how many operations a second a machine can do, at most, for each byte that it must move.

After S. Williams, A. Waterman, D. Patterson, *Roofline*, Communications of the ACM 52(4), 2009.
"""

from course_lib.figures.picture import BLUE, GREY, INK, ORANGE, Picture, axes, picture

ROOFS = ((BLUE, "-"), (ORANGE, "--"), (INK, ":"))


def roofline(
    machines: dict[str, tuple[float, float]],
    ways: dict[str, float],
    measured: dict[str, tuple[float, float]] | None = None,
) -> Picture:
    """At most three machines, name -> (peak in operations/s, bandwidth in bytes/s).

    ways      what is computed -> its operations a byte, drawn as upright lines
    measured  what ran -> (operations a byte, operations/s), drawn as points
    """
    measured = measured or {}
    at = [*ways.values(), *(x for x, _ in measured.values()), *(peak / width for peak, width in machines.values())]
    least, most = min(at) / 2.5, max(at) * 6
    figure, ax = axes(7.2, 3.9)
    for (name, (peak, width)), (color, dashes) in zip(machines.items(), ROOFS, strict=False):
        corner = peak / width
        ax.plot([least, corner, most], [least * width, peak, peak], color=color, linestyle=dashes, linewidth=2)
        ax.annotate(name, (most, peak), (-2, 4), textcoords="offset points", ha="right", color=color)
    low = min(least * width for _, width in machines.values()) / 6
    highest = max(peak for peak, _ in machines.values())
    for name, x in ways.items():
        top = max(min(peak, x * width) for peak, width in machines.values())
        ax.plot([x, x], [low, top], color=GREY, linewidth=1)
        ax.annotate(
            name, (x, low), (-3, 5), textcoords="offset points", rotation=90, ha="right", va="bottom", fontsize=9
        )
    for name, (x, y) in measured.items():
        ax.plot([x], [y], "o", color=INK)
        ax.annotate(name, (x, y), (0, -14), textcoords="offset points", ha="center", fontsize=9)
    ax.set(xscale="log", yscale="log", xlim=(least, most), ylim=(low, 3 * highest))
    ax.set(xlabel="operations per byte moved", ylabel="operations a second")
    ax.xaxis.set_major_formatter("{x:g}")
    return picture(figure, _in_words(machines, ways, measured))


def _in_words(machines, ways, measured) -> str:
    said = [
        f"{name}: at most {peak:.3g} operations a second, reached from {peak / width:.3g} operations a byte on; below, "
        f"{width:.3g} bytes a second decide"
        for name, (peak, width) in machines.items()
    ]
    for name, x in ways.items():
        reach = " and ".join(f"{min(peak, x * width) / peak:.0%} of {m}" for m, (peak, width) in machines.items())
        said.append(f"{name}, {x:.3g} operations a byte, may reach {reach}")
    said += [f"measured: {name}, {y:.3g} operations a second at {x:.3g} a byte" for name, (x, y) in measured.items()]
    return "; ".join(said) + "."
