"""What the C of a kernel that is stepped through tells of itself: calls of step.h, put into the spread half."""

from itertools import repeat

from course_lib.gpu.glass.flow import ENDS_BLOCK
from course_lib.gpu.glass.instrument import STEP
from course_lib.gpu.glass.isa.warp import COLLECTIVES
from course_lib.gpu.glass.matrices import is_copy, is_matrix
from course_lib.gpu.glass.program import Program
from course_lib.gpu.glass.ptx import Instruction
from course_lib.gpu.glass.syntax import Register

# In place of the other half, where no warp ever is.
NO_FAST_HALF = """struct fast_state { int unused; };
static int fast(struct core *c, struct warp *w, struct fast_state *F, struct spread_state *S) { return DONE; }"""


def instructions(program: Program) -> list[Instruction]:
    """In the order of the program: what step.h calls an instruction's id is its place here."""
    return [i for block in program.flow.blocks for i in block.instructions]


def told(program: Program):
    """For each instruction in turn the C that tells that it runs."""
    if program.instrument != STEP:
        return repeat("")
    everything = instructions(program)
    lines = {i.line for i in everything if not _prepares(program, i)} - {0}
    return iter([_told(program, number, i, lines) for number, i in enumerate(everything)])


def _told(program, number, instruction, lines):
    joins = not instruction.line or (_prepares(program, instruction) and instruction.line in lines)
    text = f"RECORD(step(c->record, {number}, {instruction.line}, {int(joins)}, am));"
    return text + (f" RECORD(entry(c->record, NOTE, {number}, am, 0));" if is_notable(instruction) else "")


def _prepares(program, instruction):
    """The compiler computes addresses, copies and fetches arguments wherever it likes: that is no step of a line that
    does something itself."""
    parts, operands = instruction.parts, instruction.operands
    if parts[0] in ("mov", "cvta") or parts[:2] == ["ld", "param"] or (parts[0] == "bra" and not instruction.guard):
        return True
    if parts[0] in ("ld", "st", "atom", "red") or not operands or not isinstance(operands[0], Register):
        return False
    floats = any(p in ("f16", "f32", "f64") for p in parts)
    return not floats and "|" not in operands[0] and program.kernel.width(operands[0]) == 64


def is_notable(instruction: Instruction) -> bool:
    """Whether it is worth a word beside its step: barriers, shuffles, ends and the like."""
    known = instruction.opcode in COLLECTIVES and not instruction.opcode.startswith("isspacep")
    known = known or instruction.parts[0] in (*ENDS_BLOCK[1:], "arrive")
    return known or is_matrix(instruction) or is_copy(instruction)


def touches(program: Program, site: int) -> str:
    """Before an access: the addresses `a` of its lanes."""
    return program.stepped(f"RECORD(record64(c->record, ACCESS, {site}, &a, am));")


def moves(program: Program, lanes: str, bits: int, place: int) -> str:
    """After a load, before a store: the values of its register number `place`."""
    return program.stepped(f"RECORD(record{bits}(c->record, VALUES, {place}, {lanes}, am));")


def parts(program: Program) -> str:
    """At a branch: that `taken`, not all of the lanes, jump."""
    return program.stepped("if (taken && taken != am) RECORD(entry(c->record, PARTING, 0, taken, 0));")
