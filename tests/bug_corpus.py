"""The corpus of planted bugs: what the marks in tests/bugs/*.cu say.

A file is one kernel of its own name. `#if BUG == 3` changes a few lines and thereby plants bug 3; with BUG 0 it is
right: the twin. The list in the file's header names what is planted. Marks say what `kernel.check` must find:

    // BUG 3: race              a finding of this kind (or of one of several, `a | b`) has this as one of its lines
    // BUG 3, 4: other          its other line; without such a mark, the same line or another of the mark above
    // BUG 3: then              what the bug leads to may be found here too
    // ^ BUG 3: race            about the line of code above
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "bugs"
RACES = {"race", "race within a warp", "race between blocks"}
TWO_LINES = RACES | {"unfinished copy"}  # kinds that have a partner in another line

# What a bug leads to, at the marked lines: a missing barrier also lets memory be read that is not yet written.
LEADS_TO = {
    **dict.fromkeys(RACES, RACES | {"uninitialised read", "unfinished copy", "order dependence"}),
    "unfinished copy": RACES | {"uninitialised read", "order dependence"},
    "out of bounds": RACES | {"uninitialised read", "order dependence"},
    "uninitialised read": {"order dependence"},
    "inactive lane": {"uninitialised read", "order dependence"},
    **dict.fromkeys(("divergent barrier", "missing threads at a barrier"), RACES | {"uninitialised read", "deadlock"}),
}

# What a finding of a kind must name.
HERE, BOTH = ("line", "block", "thread"), ("line", "other_line", "block", "thread", "other_block", "other_thread")
NAMES = {
    **dict.fromkeys(TWO_LINES, (*BOTH, "array", "index")),
    **dict.fromkeys(("out of bounds", "misaligned", "uninitialised read"), (*HERE, "array", "index")),
    "order dependence": (*BOTH, "array", "index"),
    "divergent barrier": BOTH,
    "missing threads at a barrier": (*HERE, "other_thread"),
    **dict.fromkeys(("inactive lane", "deadlock", "trap"), HERE),
}


@dataclass
class Bug:
    """family: the kernel's name; planted: in the words of its header; kinds: any of these is right.

    lines: where it is; others: the partner's lines; later: where its consequences may be found.
    """

    family: str
    number: int
    planted: str
    kinds: set[str] = field(default_factory=set)
    lines: set[int] = field(default_factory=set)
    others: set[int] = field(default_factory=set)
    later: set[int] = field(default_factory=set)

    @property
    def name(self) -> str:
        return f"{self.family}-{self.number}-{self.planted.replace(' ', '-')}"

    def is_it(self, finding) -> bool:
        """Whether a finding is this bug: its kind and both of its lines."""
        lines = {finding.line, finding.other_line}
        if finding.kind not in self.kinds or not lines & self.lines:
            return False
        if finding.kind not in TWO_LINES:
            return True
        return (
            None not in lines and lines <= (self.lines | self.others) and bool(lines & self.others or not self.others)
        )

    def leads_to(self, finding) -> bool:
        """Whether a finding is this bug or follows from it."""
        lines = {finding.line, finding.other_line} - {None}
        if lines & self.later:
            return True
        kinds = self.kinds.union(*(LEADS_TO.get(kind, set()) for kind in self.kinds))
        return finding.kind in kinds and lines <= (self.lines | self.others)


def families() -> dict[str, list[Bug]]:
    """The bugs of each family of kernels, read from its file."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.cu")) if not path.stem.startswith("suspicious")}


def _read(path) -> list[Bug]:
    text = path.read_text(encoding="utf-8").splitlines()
    listed = [re.fullmatch(r"//   (\d+) (.+)", line) for line in text]
    bugs = {int(found[1]): Bug(path.stem, int(found[1]), found[2]) for found in listed if found}
    for number, line in enumerate(text, 1):
        for these, says in re.findall(r"BUG ([\d, ]+): ([^;]+)", line):
            at = number - 1 if line.lstrip().startswith("// ^") else number
            for bug in (bugs[int(this)] for this in these.split(",")):
                if says in ("other", "then"):
                    (bug.others if says == "other" else bug.later).add(at)
                else:
                    bug.lines.add(at)
                    bug.kinds |= set(says.split(" | "))
    return list(bugs.values())
