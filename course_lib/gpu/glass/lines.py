"""Which line of which file an instruction stands for, as PTX's `.loc` and `.file` tell."""

import re
from pathlib import Path

FILE = re.compile(r'^\s*\.file\s+(\d+) "(.*?)"', re.MULTILINE)
LOC = re.compile(r"\.loc\s+(\d+) (\d+) (\d+)(?:,.*inlined_at (\d+) (\d+) (\d+))?")


class Lines:
    """Of one PTX text, function by function. filename: of the source that was compiled; headers have other names.

    A kernel has the lines of the file in which it stands, which may be a header; a device function that was not inlined
    has those of the source, whose kernels call it. What is inlined from another file counts for the line that calls it.

    Of calls within calls PTX names the innermost caller; the outer ones it tells before, the first time. Where the
    compiler repeats the code, in an unrolled loop, they are looked up: the next line that such a call stands in.
    """

    def __init__(self, text: str, filename: str):
        self._files = dict(FILE.findall(text))
        self._main = next((n for n, path in self._files.items() if Path(path).name == Path(filename).name), "")
        self.begin(kernel=False)

    def begin(self, kernel: bool) -> None:
        """The next statements are of another function."""
        self._kernel, self._own, self.line = kernel, "" if kernel else self._main, 0
        self._last, self._callers = (), {}  # a place in a header -> the own lines that it was inlined into

    def read(self, loc: re.Match) -> int:
        """The line that a `.loc`, matched by LOC, gives to what follows; 0 if unknown."""
        here, outer = loc.groups()[:3], loc.groups()[3:]
        self._own = self._own or here[0]
        if self._own in (here[0], outer[0]):
            found = {int((here if here[0] == self._own else outer)[1])}
        else:
            found = {self.line} if outer == self._last else self._callers.get(outer, set())
        if here[0] != self._own:
            self._callers.setdefault(here, set()).update(found)
        self._last = here
        known = min(found, key=lambda line: (line < self.line, line), default=0)
        self.line = known or (self.line if self._kernel or here[0] == self._own else 0)
        return self.line

    @property
    def path(self) -> str | None:
        """Of the header in which this function stands; None if it is in the source itself."""
        return None if self._own == self._main else self._files.get(self._own)


def stands_in(header: str | None, filename: str, source: str) -> tuple[str, str]:
    """Name and text of the file of a kernel: of the header at that path, or else of the source."""
    if header is None or not Path(header).is_file():
        return filename, source
    return Path(header).name, Path(header).read_text(encoding="utf-8", errors="replace")
