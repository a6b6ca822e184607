"""Runs: one operation many times in a row, as the multiply-adds of a thread's tile. In C each is a loop over a table of
its registers, so that the C compiler's time does not grow with the tile.

The table holds places in `struct spread_state`, where the half for divergent warps keeps all registers. The fast half
has the registers of runs there too: they are more than the CPU has, and need no saving at a barrier.
"""

from itertools import groupby
from typing import NamedTuple

from course_lib.gpu.glass.definitions import c_name, lane_bits
from course_lib.gpu.glass.instrument import STEP
from course_lib.gpu.glass.isa.table import OPERATIONS
from course_lib.gpu.glass.lanes import VECTOR
from course_lib.gpu.glass.program import Program, c_register
from course_lib.gpu.glass.ptx import Instruction
from course_lib.gpu.glass.syntax import Register

LEAST = 8  # instructions
PLACES = """#define PLACE(r) __builtin_offsetof(struct spread_state, r)
#define AT(place) ((R *)((char *)S + (place)))"""


class Run(NamedTuple):
    number: int
    instructions: list[Instruction]

    def table(self) -> str:
        rows = (", ".join(f"PLACE({c_register(r)})" for r in i.operands) for i in self.instructions)
        return f"static const u32 RUN{self.number}[][4] = {{{', '.join(f'{{{row}}}' for row in rows)}}};"

    def fast(self, program: Program) -> str:
        """C that runs it for all lanes."""
        program.operation(self._opcode, "r")
        target, *sources = self._places("i")
        group, held = max((self._group(k), k) for k in range(1, len(sources) + 1))
        keep = "{"
        if group > 1:
            keep, sources[held - 1] = f"{{ const R x = *{self._places('first')[held]};", "&x"
        call = f"{c_name(self._opcode)}_r({', '.join([target, *sources])});"
        groups = f"for (u32 first = 0; first < {len(self.instructions)}; first += {group})"
        return f"{groups} {keep} for (u32 i = first; i < first + {group}; i++) {call} }}"

    def masked(self, program: Program) -> str:
        """C that runs it for the lanes in `am`."""
        program.operation(self._opcode, "m")
        each = f"for (u32 i = 0; i < {len(self.instructions)}; i++)"
        return f"{each} {c_name(self._opcode)}_m({', '.join(self._places('i'))}, am);"

    def _group(self, k: int) -> int:
        """How many instructions at a time read the same register as operand k, which none of them writes: it is then
        fetched once for them."""
        size = len(list(next(groupby(i.operands[k] for i in self.instructions))[1]))
        for begin in range(0, len(self.instructions), size):
            group = self.instructions[begin : begin + size]
            read, written = {i.operands[k] for i in group}, {i.operands[0] for i in group}
            if len(group) != size or len(read) != 1 or read & written:
                return 1
        return size

    @property
    def _opcode(self):
        return self.instructions[0].opcode

    def _places(self, row):
        return [f"AT(RUN{self.number}[{row}][{k}])" for k in range(len(self.instructions[0].operands))]


class Runs:
    """code: of each block its instructions and runs, in order; registers: those of all runs."""

    def __init__(self, program: Program):
        self.program, self.found = program, []
        self.code = [self._cut(block.instructions) for block in program.flow.blocks]
        self.registers = {r for run in self.found for i in run.instructions for r in i.operands}

    def tables(self) -> str:
        """C to follow `struct spread_state`."""
        return "\n".join([PLACES, *(run.table() for run in self.found)]) if self.found else ""

    def at_home(self) -> str:
        """C to come before the fast half: where it finds the registers of runs."""
        return "\n".join(f"#define {c_register(r)} S->{c_register(r)}" for r in sorted(self.registers))

    def _cut(self, instructions) -> list[Instruction | Run]:
        code, row = [], []
        for instruction in [*instructions, None]:
            fits = instruction is not None and self._fits(instruction)
            if row and not (fits and _goes_on(row[-1], instruction)):
                code += [self._run(row)] if len(row) >= LEAST else row
                row = []
            if fits:
                row.append(instruction)
            elif instruction:
                code.append(instruction)
        return code

    def _run(self, row) -> Run:
        self.found.append(Run(len(self.found), row))
        return self.found[-1]

    def _fits(self, instruction: Instruction) -> bool:
        """Whether each lane of 32 bits computes by itself, from registers to a register."""
        operation, program = OPERATIONS.get(instruction.opcode), self.program
        if program.instrument == STEP or operation is None or not (operation.vector and operation.lanes_agree):
            return False
        registers = [o for o in instruction.operands if isinstance(o, Register) and "|" not in o and o != "_"]
        wide = [lane_bits(t) for t in (operation.result, *operation.operands)]
        vectors = len(registers) == len(wide) and all(program.lanes.of(r) == VECTOR for r in registers)
        return vectors and set(wide) == {32} and all(program.kernel.width(r) in (16, 32) for r in registers)


def _goes_on(last: Instruction, instruction: Instruction) -> bool:
    """A chain, of which each needs the one before, is faster in the CPU's registers."""
    return instruction.opcode == last.opcode and last.operands[0] not in instruction.operands[1:]
