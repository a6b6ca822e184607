"""How far a long command has got, on stderr."""

import sys


def show(done: int, of: int, seconds: float) -> None:
    """A bar with an estimate on a terminal; else a line at each tenth."""
    left = seconds / done * (of - done)
    time_left = f"{left / 60:.0f} min" if left > 90 else f"{left:.0f} s"
    text = f"{done:>{len(str(of))}} of {of}, " + (f"about {time_left} left" if done < of else f"{seconds:.0f} s")
    if sys.stderr.isatty():
        full = 30 * done // of
        end = "\n" if done == of else ""
        print(f"\r[{'#' * full}{'.' * (30 - full)}] {text:<40}", end=end, file=sys.stderr, flush=True)
    elif done == of or 10 * done // of > 10 * (done - 1) // of:
        print(text, file=sys.stderr)
