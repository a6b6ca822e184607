"""Short code that some lanes of a warp skip: the fast half runs it under a mask, so that no lane leaves this half.

What an instruction computes for a lane that skips it is thrown away: operations are defined for all values. Its loads
and stores touch, and check, the lanes in the mask alone.
"""

from course_lib.gpu.glass.collective import atomic_name, is_collective
from course_lib.gpu.glass.flow import defines
from course_lib.gpu.glass.instrument import PLAIN
from course_lib.gpu.glass.isa.table import OPERATIONS
from course_lib.gpu.glass.lanes import VECTOR
from course_lib.gpu.glass.matrices import is_copy, is_matrix
from course_lib.gpu.glass.operands import Operands
from course_lib.gpu.glass.program import PREDICATES, Program

MOST = 32  # instructions: longer code is not worth having twice


def skipped(program: Program, number: int) -> list[int]:
    """The blocks between a branch and where its lanes meet, if they can run under a mask; else none.

    Instruments count, or look at, each request of the other half: their kernels have none.
    """
    flow, meets = program.flow, program.flow.meets_at[number]
    between = list(range(number + 1, meets))
    code = [i for b in between for i in flow.blocks[b].instructions]
    straight = all(flow.blocks[b].successors == [b + 1] for b in between) and meets != flow.exit
    if program.instrument != PLAIN or not straight or flow.region(number) != set(between) or len(code) > MOST:
        return []
    return between if all(map(_is_alone, code)) else []


def _is_alone(instruction) -> bool:
    """Whether each lane does it for itself."""
    first, last = instruction.parts[0], instruction.parts[-1]
    if is_collective(instruction) or is_matrix(instruction) or is_copy(instruction):
        return False
    if first in ("ld", "st", "cvta") or (last == "pred" and first in PREDICATES):
        return True
    return instruction.opcode in OPERATIONS or (atomic_name(instruction) is not None and last != "b128")


def blended(operands: Operands, instruction, text: list[str], alive) -> list[str]:
    """C that keeps, in lanes that are not in `m`, the registers which are alive where the lanes meet."""
    kept = [r for r in defines(instruction) if r in alive and operands.kind(r) == VECTOR]
    if not kept:
        return text
    before, after = [], []
    for i, register in enumerate(kept):
        type_, name = operands.variables(register)[0]
        bits = operands.width(register)
        before.append(f"{type_} was{i} = {name};")
        chosen = f"({name} & m) | (was{i} & ~m)" if bits == 1 else f"choose{bits}(m, {name}, was{i})"
        after.append(f"{name} = {chosen};")
    return ["{", *before, *text, *after, "}"]
