"""Loads of whose values the kernel asks less than it seems.

*Guesses*: plain loads that only guess what an atomicCAS will find: `old = *a; do … while (atomicCAS(a, old, …) != …)`.
A wrong guess costs another round and no more, so such a load may race: the CUDA C++ Programming Guide builds every
atomic that the hardware lacks in this way.
*Copied*: values that are stored again and not looked at, as a struct's are when it is assigned: among them may be what
only fills it up, which nobody writes.
"""

from course_lib.gpu.glass.flow import uses
from course_lib.gpu.glass.ptx import Instruction
from course_lib.gpu.glass.syntax import Register


def guesses(instructions: list[Instruction]) -> set[int]:
    """The ids of those loads: the address is that of an atomicCAS, and the value comes to what that compares with."""
    swaps = [i for i in instructions if i.parts[0] == "atom" and "cas" in i.parts]
    sources: dict[Register, set] = {}
    for i in instructions:
        if i.parts[0] in ("mov", "cvta"):
            sources.setdefault(i.operands[0], set()).add(i.operands[1])
    found = set()
    for _, address, compared, _ in (i.operands for i in swaps):
        expected = _behind(compared, sources)
        places = _behind(address.base, sources)
        for i in instructions:
            if i.parts[0] != "ld" or i.operands[0] not in expected or i.operands[1].offset != address.offset:
                continue
            if places & _behind(i.operands[1].base, sources):
                found.add(id(i))
    return found


def _behind(operand, sources) -> set:
    """The operand, and all that is moved into it."""
    found, stack = set(), [operand]
    while stack:
        now = stack.pop()
        if now not in found:
            found.add(now)
            stack += [s for s in sources.get(now, ()) if not isinstance(s, tuple)]
    return found


def looked_at(instructions: list[Instruction]) -> set[Register]:
    """The registers that are used for more than to be stored; a loaded one that is not among them is only copied."""
    found: set[Register] = set()
    for i in instructions:
        if i.parts[0] == "st":
            found |= {i.operands[0].base, i.guard and i.guard[0]}
        else:
            found.update(uses(i))
    return found
