"""Where the kernels of this package are, and how to read them: `gpu.load(TRANSPOSE, WIDTH=33, SWIZZLE=0)`."""

from pathlib import Path

FOLDER = Path(__file__).parent
GREY, TRANSPOSE, MEAN, HISTOGRAM = (FOLDER / f"{name}.cu" for name in ("grey", "transpose", "mean", "histogram"))
BROKEN = {path.stem: path for path in sorted((FOLDER / "broken").glob("*.cu"))}


def listing(path: Path) -> str:
    """The text of a kernel, its lines numbered from 1 as messages and reports number them."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(f"{number:3}  {line}".rstrip() for number, line in enumerate(lines, 1))
