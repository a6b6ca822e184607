"""Structs that a function takes by value, and what of them it asks for.

Each piece that a caller stores, a member of the struct, is one register (calls.py). A function that takes the address
of its parameter, reads several members at once, or reads what the caller left out, finds the parameter in memory
instead: among its local arrays, which is where a GPU has it too.
"""

from dataclasses import replace

from course_lib.gpu.glass.ptx import WIDTHS, Instruction, Kernel, Variable
from course_lib.gpu.glass.syntax import Address, Register, Symbol

Pieces = dict[int, int]  # byte of the parameter -> bits


def slot(parameter: str, offset: int, width: int) -> Register:
    """The register that holds a piece of a parameter."""
    return Register(f"%{parameter}_at{offset}w{max(32, width)}b")


def pieces(item: Instruction) -> tuple[str, Pieces]:
    """The parameter, and its pieces, that an `ld.param` or `st.param` moves."""
    data, address = item.operands if item.parts[0] == "ld" else reversed(item.operands)
    bits, count = WIDTHS[item.parts[-1]], len(data) if type(data) is tuple else 1
    return address.base, {address.offset + i * bits // 8: bits for i in range(count)}


def laid_out(function: Kernel, stored: list[Pieces]) -> Kernel:
    """The function, with those parameters in memory that registers cannot give it. stored: by the caller, of each."""
    found = zip(function.parameters, stored, strict=True)
    inside = {name: given for name, given in found if not _fits(function.body, name, given)}
    if not inside:
        return function
    local, body = dict(function.local), []
    for name, given in inside.items():
        end = max((-(-(v.offset + v.size) // 16) * 16 for v in local.values()), default=0)
        local[name] = Variable(name, end, function.parameters[name].size)
        for offset, bits in sorted(given.items()):
            body.append(Instruction(f"st.local.b{bits}", [Address(Symbol(name), offset), slot(name, offset, bits)], 0))
    body += [_from_memory(item, inside) if isinstance(item, Instruction) else item for item in function.body]
    return replace(function, body=body, local=local)


def _fits(body, name, given) -> bool:
    """Whether each read is within one piece, from its beginning."""
    for item in body:
        if not isinstance(item, Instruction):
            continue
        if item.parts[:2] == ["ld", "param"] and item.operands[1].base == name:
            if any(bits > given.get(offset, 0) for offset, bits in pieces(item)[1].items()):
                return False
        elif name in item.operands:
            return False
    return True


def _from_memory(item, inside):
    loads = item.parts[:2] == ["ld", "param"] and item.operands[1].base in inside
    return replace(item, opcode=".".join(["ld", "local", *item.parts[2:]])) if loads else item
