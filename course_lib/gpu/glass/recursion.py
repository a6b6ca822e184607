"""Functions that call themselves: each has one copy, after the kernel's end, and all share a stack in local memory.

A call saves the registers of the function that makes it and the number of the place to come back to, moves the stack
pointer on, and jumps; a return compares that number with every such place. A frame holds the local arrays of one
activation, its saved registers, and the number. So the glass GPU's machine needs no calls here either.
"""

from dataclasses import dataclass
from types import SimpleNamespace

from course_lib.gpu.glass.flow import analyse
from course_lib.gpu.glass.ptx import Instruction, Kernel, Label, Variable
from course_lib.gpu.glass.syntax import Address, Register, Symbol

STACK, STACK_BYTES = "$stack", 32 << 10  # of one thread; CUDA's own default is 1 KB, but its frames are smaller
POINTER, PLACE, BIT = Register("%stack_pointer"), Register("%place_to_return"), Register("%saved_bit")


@dataclass
class Call:
    """A call of a copy, before it is known what it has to save: pieces of parameters as (from, to)."""

    function: str
    given: list[tuple[str, str]]
    returned: list[tuple[str, str]]
    line: int
    place: int


def recursive(functions: dict[str, Kernel], callees) -> set[str]:
    """The names of functions that may call themselves, at once or by others. callees: instruction -> names."""
    called = {
        name: set().union(*(callees(i) for i in f.body if isinstance(i, Instruction) and i.parts[0] == "call"))
        for name, f in functions.items()
    }
    reached = {name: set(names) for name, names in called.items()}
    for _ in functions:
        reached = {n: names.union(*(called.get(m, set()) for m in names)) for n, names in reached.items()}
    return {name for name, names in reached.items() if name in names}


def begin(kernel: Kernel, line: int) -> Instruction:
    """Declare the stack, and set its pointer."""
    kernel.widths |= {POINTER: 64, PLACE: 32, BIT: 32}
    offset = -(-kernel.local_size // 16) * 16
    kernel.local[STACK] = Variable(STACK, offset, STACK_BYTES)
    return Instruction("mov.u64", [POINTER, Symbol(STACK)], line)


def written_out(items, kernel: Kernel, arrays: dict[str, int], size: int, inside: bool, copy_slots):
    """Items in which every Call has become plain instructions.

    arrays: where the local arrays of this function lie in its frame, of `size` bytes; inside: a copy, not the kernel.
    """
    items = [_in_frame(item, arrays) if isinstance(item, Instruction) else item for item in items]
    saved = _alive_after_calls(items) if inside else {}
    most = max((len(registers) for registers in saved.values()), default=0)
    frame = -(-(size + 8 * most + 8) // 16) * 16
    for item in items:
        if not isinstance(item, Call):
            yield item
            continue
        at, line = {r: Address(POINTER, size + 8 * i) for i, r in enumerate(saved.get(item.place, ()))}, item.line
        for register, address in at.items():
            yield from _store(kernel, register, address, line)
        for source, target in item.given:
            yield from copy_slots(source, target, line)
        yield Instruction("st.local.u32", [Address(POINTER, frame - 8), item.place], line)
        yield Instruction("add.s64", [POINTER, POINTER, frame], line)
        yield Instruction("bra", [entry(item.function)], line)
        yield Label(f"$back_{item.place}")
        yield Instruction("add.s64", [POINTER, POINTER, -frame], line)
        for register, address in at.items():
            yield from _load(kernel, register, address, line)
        for source, target in item.returned:
            yield from copy_slots(source, target, line)


def _alive_after_calls(items) -> dict[int, list[Register]]:
    """The place of each call -> the registers that are read later, but for what the call itself gives back."""
    ends = {i.operands[0] for i in items if isinstance(i, Instruction) and i.parts[0] == "bra"}
    here = {i.name for i in items if isinstance(i, Label)}
    body = [Instruction("bar.call", [i.place], i.line) if isinstance(i, Call) else i for i in items]
    flow = analyse(SimpleNamespace(body=[*body, *(Label(name) for name in sorted(ends - here))]))
    given_back = {i.place: tuple(f"%{target}_at" for _, target in i.returned) for i in items if isinstance(i, Call)}
    return {
        b.instructions[-1].operands[0]: sorted(
            r
            for r in flow.live_in[number + 1]
            if r != POINTER and not r.startswith(given_back[b.instructions[-1].operands[0]] or "$")
        )
        for number, b in enumerate(flow.blocks)
        if b.instructions[-1].opcode == "bar.call"
    }


def entry(function: str) -> Symbol:
    return Symbol(f"$enter_{function}")


def leave(function: str) -> Symbol:
    return Symbol(f"$leave_{function}")


def returns(function: str, places: list[int], line: int):
    """The end of a copy: back to where its caller said."""
    yield Label(leave(function))
    yield Instruction("ld.local.u32", [PLACE, Address(POINTER, -8)], line)
    for place in places[:-1]:
        hit = Register("%returns_here")
        yield Instruction("setp.eq.u32", [hit, PLACE, place], line)
        yield Instruction("bra", [Symbol(f"$back_{place}")], line, (hit, False))
    yield Instruction("bra", [Symbol(f"$back_{places[-1]}")], line)


def _in_frame(item: Instruction, arrays) -> Instruction:
    """Local arrays by the stack pointer instead of their names."""
    if item.opcode in ("mov.u64", "mov.b64") and item.operands[1] in arrays:
        return Instruction("add.s64", [item.operands[0], POINTER, arrays[item.operands[1]]], item.line, item.guard)
    operands = [
        Address(POINTER, arrays[o.base] + o.offset) if isinstance(o, Address) and o.base in arrays else o
        for o in item.operands
    ]
    return Instruction(item.opcode, operands, item.line, item.guard)


def _store(kernel, register, address, line):
    width = kernel.width(register)
    if width == 1:
        yield Instruction("selp.u32", [BIT, 1, 0, register], line)
    yield Instruction(
        f"st.local.u{max(16, width) if width > 1 else 32}", [address, BIT if width == 1 else register], line
    )


def _load(kernel, register, address, line):
    width = kernel.width(register)
    if width > 1:
        yield Instruction(f"ld.local.u{max(16, width)}", [register, address], line)
    else:
        yield Instruction("ld.local.u32", [BIT, address], line)
        yield Instruction("setp.ne.u32", [register, BIT, 0], line)
