"""Arithmetic on linear registers, as C: base + sum of coefficient_k * pattern_k[lane].

lanes.py decides where it applies.
"""

from dataclasses import dataclass

from course_lib.gpu.glass.lanes import VECTOR, as_integer
from course_lib.gpu.glass.program import Program, constant

LIMITS = {"s": ("INT32_MIN", "INT32_MAX"), "u": ("0", "UINT32_MAX")}


@dataclass
class Sum:
    """C expressions of `bits` bits; a coefficient that is known is an int. Patterns go by their number."""

    bits: int
    base: str
    coefficients: dict[int, str | int]

    def coefficient(self, k: int) -> str:
        value = self.coefficients.get(k, 0)
        return constant(value, self.bits) if isinstance(value, int) else value

    def lanes(self) -> str:
        """All 32 lanes, as an R or an L."""
        text = f"splat{self.bits}({self.base})"
        for k in self.coefficients:
            text = f"plus{self.bits}({text}, pattern{self.bits}(K{k}, {self.coefficient(k)}))"
        return text

    def at_lane(self, patterns, lane: int) -> str:
        """The value in one lane."""
        terms = [
            f"{self.coefficient(k)} * {constant(patterns[k][lane], self.bits)}"
            for k in self.coefficients
            if patterns[k][lane]
        ]
        return " + ".join([self.base, *terms])

    def step(self, patterns, width: int) -> str:
        """What the next lane adds within a row of that many lanes, signed."""
        moving = [self.coefficient(k) for k in self.coefficients if patterns[k][1] != patterns[k][0] and width > 1]
        return f"(s64)(s{self.bits})({' + '.join(moving)})" if moving else "0"

    def plus(self, other: "Sum", sign: str) -> "Sum":
        keys = sorted(self.coefficients.keys() | other.coefficients.keys())
        both = {k: _fold(self.coefficients.get(k, 0), sign, other.coefficients.get(k, 0), self.bits) for k in keys}
        return Sum(self.bits, f"({self.base} {sign} {other.base})", both)

    def times(self, factor: str, known: int | None) -> "Sum":
        scaled = {
            k: v * known if isinstance(v, int) and known is not None else f"({self.coefficient(k)} * {factor})"
            for k, v in self.coefficients.items()
        }
        return Sum(self.bits, f"({self.base} * {factor})", scaled)

    def widened(self, sign: str) -> "Sum":
        """To 64 bits, signed or unsigned; exact where the guard holds."""
        base = f"(u64)(s64)(s32)({self.base})" if sign == "s" else f"(u64)(u32)({self.base})"
        return Sum(
            64, base, {k: v if isinstance(v, int) else f"(u64)(s64)(s32)({v})" for k, v in self.coefficients.items()}
        )

    def guard(self, sign: str, patterns) -> str:
        """C that computes how low and high the lanes reach, and the limits of 32 bits."""
        least, most = LIMITS[sign]
        start = f"(s64)(s32)({self.base})" if sign == "s" else f"(s64)(u32)({self.base})"
        reach = " ".join(
            f"reach(&low, &high, (s64)(s32)({self.coefficient(k)}), {min(patterns[k])}, {max(patterns[k])});"
            for k in self.coefficients
        )
        return f"s64 low = {start}, high = low; const s64 least = {least}, most = {most}; {reach}"


def _fold(x, sign, y, bits):
    if isinstance(x, int) and isinstance(y, int):
        return x + y if sign == "+" else x - y
    text = [constant(v, bits) if isinstance(v, int) else v for v in (x, y)]
    return f"({text[0]} {sign} {text[1]})"


def linear_sum(instruction, sources: list[Sum], program: Program) -> tuple[Sum, str]:
    """The result of one instruction and, for a widening one, its guard (else "")."""
    parts = instruction.parts
    name = parts[0]
    if name in ("add", "sub"):
        return sources[0].plus(sources[1], "+" if name == "add" else "-"), ""
    if name == "neg":
        return sources[0].times("-1", -1), ""
    if name == "shl":
        amount = program.literal(instruction.operands[2])
        amount = program.lanes.of(instruction.operands[2]).base if amount is None else amount
        return sources[0].times(constant(1 << amount, sources[0].bits), 1 << amount), ""
    if name in ("mul", "mad"):
        return _product(instruction, sources, program)
    if name == "cvt" and parts[1][1:] == "64":
        x = sources[0]
        return x.widened(parts[2][0]), x.guard(parts[2][0], program.patterns) if x.coefficients else ""
    if name == "cvt":
        x = sources[0]
        narrow = {k: v if isinstance(v, int) else f"(u32)({v})" for k, v in x.coefficients.items()}
        return Sum(32, f"(u32)({x.base})", narrow), ""
    return sources[0], ""  # mov


def _product(instruction, sources, program):
    wide, sign = "wide" in instruction.parts, instruction.parts[-1][0]
    x, y = sources[:2]
    factor_operand = instruction.operands[2]
    if not x.coefficients:
        x, y, factor_operand = y, x, instruction.operands[1]
    known = program.lanes.of(factor_operand).base
    known = as_integer(known, 32, sign) if wide else known
    guard = x.guard(sign, program.patterns) if wide and x.coefficients else ""
    if wide:
        x, y = x.widened(sign), y.widened(sign)
    product = x.times(y.base, known)
    return (product.plus(sources[2], "+") if instruction.parts[0] == "mad" else product), guard


SWAPPED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
DECIDED = {"lt": ("high < y", "low >= y"), "le": ("high <= y", "low > y")}  # for all lanes, for none
DECIDED |= {"gt": ("low > y", "high <= y"), "ge": ("low >= y", "high < y")}


def compared(instruction, operands, lanes: str, program: Program) -> str:
    """`lanes`, C that does an instruction for 32 lanes; but how far they reach decides it, mostly, where it compares
    integers, one of them linear and one uniform.

    operands: Operands.
    """
    name, type_, sources = instruction.parts[1], instruction.parts[-1], instruction.operands[1:]
    compares = instruction.parts[0] == "setp" and len(instruction.parts) == 3 and type_ in ("s32", "u32")
    if not compares or name not in SWAPPED or "|" in instruction.operands[0]:
        return lanes
    if VECTOR in map(operands.kind, sources) or not any(map(operands.uniform, sources)):
        return lanes
    x, y = (operands.linear(s, 32) for s in sources)
    if y.coefficients:
        x, y, name = y, x, SWAPPED[name]
    guard, (everyone, nobody) = x.guard(type_[0], program.patterns), DECIDED[name]
    return (
        f"({{ {guard} const s64 y = (s64)({type_})({y.base}); int sure = low >= least && high <= most; "
        f"sure && {everyone} ? ~0u : sure && {nobody} ? 0 : {lanes}; }})"
    )


def source_bits(instruction, position: int) -> int:
    """How wide the operand at this position is read."""
    parts = instruction.parts
    factor = "wide" in parts and position < 2
    if factor or (parts[0] == "cvt" and parts[-1][1:] == "32") or (parts[0] == "shl" and position == 1):
        return 32
    return 64 if parts[-1][1:] == "64" or "wide" in parts else 32
