"""A drawing in SVG together with the sentence that says the same."""

from dataclasses import dataclass
from html import escape

# Colours that stay apart for colour-blind readers (Okabe and Ito).
INK, PAPER, QUIET, BLUE, PALE, GREY = "#1b1f24", "#ffffff", "#57606a", "#0072b2", "#cfe6f7", "#e3e3e3"


@dataclass(frozen=True)
class Drawing:
    """One <svg> with its title and description, and its description once more as `alt`."""

    svg: str
    alt: str

    def __repr__(self) -> str:
        return f"Picture: {self.alt}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": repr(self), "text/html": self.svg}


def drawing(width: float, height: float, title: str, alt: str, parts: list[str]) -> Drawing:
    """`parts` are SVG elements in pixels; they lie on white paper, so that dark pages show them too."""
    style = f"width:100%;max-width:{width:.0f}px;display:block"
    size = f"0 0 {width:.0f} {height:.0f}"
    svg = "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" role="img" style="{style}">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(alt)}</desc>",
            f'<rect width="{width:.0f}" height="{height:.0f}" rx="6" fill="{PAPER}"/>',
            '<g font-family="system-ui, sans-serif" font-size="12">',
            *parts,
            "</g>",
            "</svg>",
        ]
    )
    return Drawing(svg, alt)


def box(x: float, y: float, width: float, height: float, fill: str, stroke: str = "none") -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="1.5" '
        f'fill="{fill}" stroke="{stroke}"/>'
    )


def text(x: float, y: float, words, anchor: str = "start", fill: str = INK, **attributes) -> str:
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}"{extra}>{escape(str(words))}</text>'
