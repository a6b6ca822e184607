"""The answer cells that tests/attacks and tests/odd keep; attacks/README.md says how they are written."""

import re
from pathlib import Path
from typing import NamedTuple

FOLDER, ODD = (Path(__file__).parent / name for name in ("attacks", "odd"))
WORDS = ("CANARY", "PORT", "BOOK")  # what stands for something of the machine that is attacked


class Attack(NamedTuple):
    family: str  # its file's name
    name: str
    source: str
    double: str  # points that the question double earns with it
    total: str  # points that the honest question total earns beside it
    first: bool  # whether it is one of the first two of its file

    def aimed(self, *targets) -> str:
        """The source with what its words stand for."""
        source = self.source
        for word, target in zip(WORDS, targets, strict=True):
            source = source.replace(word, str(target))
        return source


def read(folder: Path) -> list[Attack]:
    found = []
    for file in sorted(folder.glob("*.txt")):
        text = file.read_bytes().decode()  # line ends stay as they are
        parts = re.split(r"^=== (.+): (\S+) (\S+)\n", text, flags=re.MULTILINE)[1:]
        for number, (name, double, total, source) in enumerate(zip(*[iter(parts)] * 4, strict=True)):
            found.append(Attack(file.stem, name, source, double, total, number < 2))
    return found
