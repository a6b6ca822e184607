"""Warp-wide instructions of the fast half: one C call, in which all 32 lanes take part."""

from course_lib.gpu.glass.collective import targets
from course_lib.gpu.glass.definitions import lane_bits, lanes_type
from course_lib.gpu.glass.instrument import CHECK
from course_lib.gpu.glass.isa.warp import COLLECTIVES
from course_lib.gpu.glass.operands import Operands
from course_lib.gpu.glass.program import Program, c_register


def collective(program: Program, operands: Operands, instruction) -> list[str]:
    """The C of one of them."""
    found = COLLECTIVES[instruction.opcode]
    text = ["{ R v; u32 ok; (void)v; (void)ok;"]
    for i, (operand, t) in enumerate(zip(instruction.operands[1:], found.operands, strict=True)):
        text.append(f"{lanes_type(t)} a{i} = {operands.lanes(operand, lane_bits(t))};")
    if program.instrument == CHECK and found.members is not None:
        site = program.site(instruction)
        text.append(f"check_members(c, w, {site}, &a{found.members}, ~0u, 0);")
    results = ["&ok" if t == "pred" else "&v" for t in found.results]
    arguments = [*results, *(f"&a{i}" for i in range(len(found.operands))), "~0u"]
    text.append(f"{found.function}({', '.join(arguments)});")
    if program.instrument == CHECK and instruction.parts[0] == "shfl":
        text.append(f"tell_strangers(c, w, {site}, &v);")
    for register, t in zip(targets(instruction), found.results, strict=False):
        if register != "_":
            text.append(f"{c_register(register)} = {'ok' if t == 'pred' else 'v'};")
    return [*text, "}"]
