"""Operands of the fast half as C: scalars where uniform, base and coefficients where linear, 32 lanes otherwise."""

from course_lib.gpu.glass.lanes import VECTOR
from course_lib.gpu.glass.linear import Sum
from course_lib.gpu.glass.program import SPECIALS, Program, c_register, constant
from course_lib.gpu.glass.syntax import Register, Special, Symbol


class Operands:
    """Writes the operands of one program."""

    def __init__(self, program: Program):
        self.program = program

    def kind(self, operand):
        return self.program.lanes.of(operand)

    def uniform(self, operand) -> bool:
        return self.kind(operand) != VECTOR and self.kind(operand).uniform

    def is_linear(self, target) -> bool:
        """Whether a result is linear, and not uniform."""
        kind = self.kind(Register(target.partition("|")[0]))
        return kind != VECTOR and not kind.uniform

    def width(self, register) -> int:
        """Bits a lane in the C: 16-bit registers live in 32."""
        width = self.program.kernel.width(register)
        return 1 if width == 1 else 64 if width == 64 else 32

    def variables(self, register) -> list[tuple[str, str]]:
        """(C type, name) of every variable behind a register; literal parts need none."""
        kind, name, width = self.kind(register), c_register(register), self.width(register)
        if kind == VECTOR:
            return [({1: "u32", 32: "R", 64: "L"}[width], name)]
        scalar = "u64" if width == 64 else "u32"
        base = [] if kind.base is not None else [(scalar, name)]
        return base + [(scalar, f"{name}_k{self.program.pattern(p)}") for p, c in kind.coefficients if c is None]

    def variable(self, operand, bits: int) -> str | None:
        """The variable that holds 32 lanes of that many bits; None of an operand that is simpler."""
        whole = isinstance(operand, Register) and operand != "_" and self.width(operand) == bits
        return c_register(operand) if whole and self.kind(operand) == VECTOR else None

    def scalar(self, operand, bits: int) -> str:
        """A uniform operand as an expression of that many bits (1: a truth value)."""
        if isinstance(operand, Register):
            kind = self.kind(operand)
            return c_register(operand) if kind.base is None else constant(kind.base, bits)
        literal = self.program.literal(operand)
        if literal is not None:
            return constant(literal, bits)
        if operand in SPECIALS:
            return SPECIALS[operand]
        if isinstance(operand, Symbol):
            return self.program.symbol(operand)
        return f"((const u32 *)&c->tid_{operand[-1]}[w->index])[0]"

    def number(self, operand) -> str:
        """A number that is the same in the whole warp."""
        if self.uniform(operand):
            return self.scalar(operand, 32)
        return f"({{ R x = {self.lanes(operand, 32)}; ((const u32 *)&x)[0]; }})"

    def linear(self, operand, bits: int) -> Sum:
        """A uniform or linear operand as base and coefficients."""
        kind = self.kind(operand)
        if kind.uniform:
            return Sum(bits, self.scalar(operand, bits), {})
        base = constant(kind.base, bits) if kind.base is not None else self.scalar(operand, bits)
        numbered = {self.program.pattern(p): c for p, c in kind.coefficients}
        name = c_register(operand)
        return Sum(bits, base, {k: f"{name}_k{k}" if c is None else c for k, c in numbered.items()})

    def lanes(self, operand, bits: int) -> str:
        """Any operand as 32 lanes (1 bit: a mask); of a wider register its low bits."""
        if isinstance(operand, Register) and bits == 32 and self.width(operand) == 64:
            return f"({{ L x = {self.lanes(operand, 64)}; R low; *low32(&low, &x); }})"
        if self.kind(operand) == VECTOR:
            return f"c->tid_{operand[-1]}[w->index]" if isinstance(operand, Special) else c_register(operand)
        if bits == 1:
            return f"-(u32)({self.scalar(operand, 32)} != 0)"
        return self.linear(operand, bits).lanes()

    def assigned(self, register, value: Sum) -> list[str]:
        """Statements that give a register of any kind a value that is uniform or linear.

        Coefficients first: they may need the old base, and the base never needs them.
        """
        kind, name, width = self.kind(register), c_register(register), self.width(register)
        if kind == VECTOR:
            return [f"{name} = {f'-(u32)({value.base} != 0)' if width == 1 else value.lanes()};"]
        numbered = [self.program.pattern(p) for p, c in kind.coefficients if c is None]
        text = [f"{name}_k{k} = {value.coefficient(k)};" for k in numbered]
        return text if kind.base is not None else [*text, f"{name} = {value.base};"]

    def spilled(self, registers) -> str:
        """Registers written as lanes into the state S of the other half."""
        return " ".join(f"S->{c_register(r)} = {self.lanes(r, self.width(r))};" for r in sorted(registers))
