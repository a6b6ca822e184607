"""Arithmetic intensity of several ways to compute the same thing, beside what machines need to be kept busy."""

from course_lib.figures.picture import BLUE, INK, ORANGE, Picture, axes, picture


def intensity(ways: dict[str, float], machines: dict[str, float]) -> Picture:
    """`ways`: flop per byte moved from memory; `machines`: the flop per byte at which each stops waiting for memory.

    A bar left of a machine's line means: on that machine, memory is the limit.
    """
    figure, ax = axes(7.2, 0.9 + 0.42 * len(ways) + 0.25 * len(machines))
    names = list(ways)[::-1]
    ax.barh(names, [ways[name] for name in names], color=BLUE, height=0.6)
    for name in names:
        ax.annotate(f" {ways[name]:.3g}", (ways[name], name), va="center", color=INK)
    # The leftmost line is the tallest, so that no line runs through another's label.
    for step, machine in enumerate(sorted(machines, key=machines.get, reverse=True)):
        balance, height = machines[machine], len(names) + 0.55 * step
        ax.plot([balance, balance], [-0.5, height], color=ORANGE, linestyle="--")
        ax.annotate(f" {machine} needs {balance:.3g}", (balance, height), va="center", color=ORANGE)
    ax.set(xlabel="floating-point operations per byte read", ylim=(-0.5, None))
    ax.set_xlim(0, 1.5 * max(*ways.values(), *machines.values()))
    return picture(figure, _in_words(ways, machines))


def _in_words(ways: dict[str, float], machines: dict[str, float]) -> str:
    said = "; ".join(f"{name} {value:.3g}" for name, value in ways.items())
    needs = "; ".join(f"{name} {value:.3g}" for name, value in machines.items())
    return f"Operations per byte read: {said}. What a machine needs to be kept busy: {needs}."
