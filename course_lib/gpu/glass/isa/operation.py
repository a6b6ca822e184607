"""An operation on registers: what one lane computes, as a C expression."""

from dataclasses import dataclass

BITS = {
    "pred": 1,
    "s8": 8,
    "u8": 8,
    "s16": 16,
    "u16": 16,
    "s32": 32,
    "u32": 32,
    "f32": 32,
    "s64": 64,
    "u64": 64,
    "f64": 64,
}
BITS |= {"f16": 16, "bf16": 16}  # half.h computes with them as f64
FLOATS = ("f16", "bf16", "f32", "f64")


def type_bits(name: str) -> int:
    """Bits of a type of PTX: "b32", "f16x2" and "bf16x2" have 32, "e4m3x2" has 16."""
    each, _, count = name.partition("x")
    one = {"pred": 1, "tf32": 32, "e4m3": 8, "e5m2": 8}.get(each) or int(each.lstrip("bsuft"))
    return one * int(count or 1)


@dataclass(frozen=True)
class Operation:
    """result = expression(x, y, z), where x, y, z have the C types `operands`.

    vector: the expression also works on the vector types of C (no ?:, no calls), so that 32 lanes are a few CPU
    instructions. Otherwise it is applied lane by lane.
    """

    result: str
    operands: tuple[str, ...]
    expression: str
    vector: bool = False

    @property
    def lanes_agree(self) -> bool:
        """All types equally wide and at least 32 bits, so that parts of vectors line up."""
        widths = {BITS[t] for t in self.operands if t != "pred"} | (
            {BITS[self.result]} if self.result != "pred" else set()
        )
        return len(widths) == 1 and widths <= {32, 64} and "pred" not in self.operands

    @property
    def widens(self) -> bool:
        """From integers of 32 bits, and perhaps 64, to one of 64, by an expression that begins with the conversion."""
        return self.vector and BITS[self.result] == 64 and 32 in {BITS[t] for t in self.operands}
