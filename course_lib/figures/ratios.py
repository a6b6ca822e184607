"""Times as ratios to a baseline: how many times as long, on the machine that ran it."""

from course_lib.figures.picture import BLUE, GREY, INK, Picture, axes, picture


def ratios(times: dict[str, float], baseline: str, label: str) -> Picture:
    """`times` by name, in any unit; `baseline` names the one that counts as 1; `label` says whose times they are."""
    figure, ax = axes(6.8, 1.1 + 0.42 * len(times))
    relative = {name: time / times[baseline] for name, time in times.items()}
    names = list(times)[::-1]
    colors = [GREY if name == baseline else BLUE for name in names]
    ax.barh(names, [relative[name] for name in names], color=colors, height=0.6)
    for name in names:
        ax.annotate(f" {relative[name]:.2g} x", (relative[name], name), va="center", color=INK)
    ax.axvline(1, color=GREY, linestyle="--", linewidth=1)
    ax.set(xlabel=f"time, as a multiple of {baseline}", xlim=(0, 1.15 * max(relative.values())))
    ax.set_title(label, fontsize=10, loc="left")
    said = "; ".join(f"{name} {value:.2g}" for name, value in relative.items())
    return picture(figure, f"Time as a multiple of {baseline} ({label}): {said}.")
