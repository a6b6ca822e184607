"""Where an access, a barrier or a trap of a kernel stands, for reports."""

from typing import NamedTuple

from course_lib.gpu.glass.access import Root


class Site(NamedTuple):
    """opcode: of PTX; root: the array that an access was meant for; bytes: that one lane touches."""

    line: int
    opcode: str
    root: Root | None
    bytes: int = 0

    @property
    def reads(self) -> bool:
        return self.opcode.startswith("ld.")

    @property
    def space(self) -> str:
        """Of an access: "" is generic."""
        return next((s for s in ("global", "shared", "local", "const") if f".{s}" in self.opcode), "")

    @property
    def verb(self) -> str:
        return {"ld": "loads", "st": "stores"}.get(self.opcode.partition(".")[0], "atomics")

    @property
    def reads_global(self) -> bool:
        return self.opcode.startswith("ld.global")
