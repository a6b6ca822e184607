"""A picture together with the sentence that says the same: for a screen reader, a plain terminal and a test."""

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Colours that stay apart for colour-blind readers (Okabe and Ito).
BLUE, ORANGE, GREY, INK, PALE = "#0072b2", "#d55e00", "#9aa3ab", "#1b1f24", "#cfe6f7"
PIXELS_PER_INCH = 100  # on the page; twice as many are drawn, for fine screens


@dataclass(frozen=True)
class Picture:
    """A drawn figure: PNG bytes, its alternative text, and its width on the page in pixels."""

    png: bytes
    alt: str
    width: int

    def __repr__(self) -> str:
        return f"Picture: {self.alt}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        """An <img> with alternative text, which matplotlib's own notebook output lacks."""
        data = b64encode(self.png).decode()
        style = "max-width:100%;height:auto"
        html = f'<img alt="{escape(self.alt)}" width="{self.width}" style="{style}" src="data:image/png;base64,{data}">'
        return {"text/plain": repr(self), "text/html": html, "image/png": data}


def axes(width: float = 6.4, height: float = 3.2) -> tuple[Figure, Axes]:
    """An empty figure of this size in inches, with no frame on the right and on top.

    It is not pyplot's: nothing global is kept, and nothing is shown twice.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    ax = figure.add_subplot()
    ax.spines[["top", "right"]].set_visible(False)
    return figure, ax


def picture(figure: Figure, alt: str) -> Picture:
    """The figure drawn, with `alt` as its alternative text."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=2 * PIXELS_PER_INCH, facecolor="white")
    return Picture(buffer.getvalue(), alt, round(figure.get_figwidth() * PIXELS_PER_INCH))
