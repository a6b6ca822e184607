"""Structs passed by value whose arrays are indexed as the kernel runs: they have an address, as a constant array has.

ld.param.f32 %f1, [%rd12]     ld.const.f32 %f1, [%rd12], where %rd12 was made from the parameter's name
cvta.param.u64 %rd2, %rd1     mov.b64 %rd2, %rd1
"""

from dataclasses import replace

from course_lib.gpu.glass.array import Allocation
from course_lib.gpu.glass.ptx import Instruction, Kernel
from course_lib.gpu.glass.syntax import Address, Register
from course_lib.gpu.glass.variables import ModuleArray

SPACE = "param"


def place(kernel: Kernel) -> None:
    """Make an array of the module of every parameter whose address the kernel takes."""
    for item in kernel.body:
        taken = item.operands if isinstance(item, Instruction) else ()
        for name in (o for o in taken if not isinstance(o, (Address, Register)) and o in kernel.parameters):
            kernel.module[name] = ModuleArray(SPACE, kernel.parameters[name].size, b"")
    kernel.body = [_placed(item) if isinstance(item, Instruction) else item for item in kernel.body]


def _placed(item: Instruction) -> Instruction:
    parts = item.parts
    if parts[0] == "cvta" and SPACE in parts:
        return replace(item, opcode="mov.b64")
    if parts[:2] == ["ld", SPACE] and isinstance(item.operands[1].base, Register):
        return replace(item, opcode=".".join(["ld", "const", *parts[2:]]))
    return item


def filled(kernel: Kernel, parameters: bytes) -> dict[str, Allocation]:
    """The memory of those parameters for one launch. parameters: all of them, packed."""
    memory = {}
    for name, parameter in kernel.parameters.items():
        if name in kernel.module:
            memory[name] = Allocation(parameter.size)
            memory[name].bytes[:] = bytearray(parameters[parameter.offset :][: parameter.size])
    return memory
