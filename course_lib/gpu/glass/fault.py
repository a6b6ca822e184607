"""What went wrong in a kernel, in a sentence: which kernel, line, block, thread, array and index, and what to do."""

import re
from typing import NamedTuple

from course_lib.gpu.errors import BarrierError, KernelError, KernelTimeout, Misaligned, OutOfBounds, Trap, WarpError
from course_lib.gpu.glass.access import Root
from course_lib.gpu.glass.array import Array, live
from course_lib.gpu.glass.isa.operation import type_bits
from course_lib.gpu.glass.program import LOCAL_BIAS
from course_lib.gpu.glass.recursion import STACK

OUTSIDE, MISALIGNED, PARTED, TRAPPED, ABSENT, STUCK, STOPPED, DOUBT = range(1, 9)  # as in machine.h
OUT_OF_MEMORY = 2**32 - 1
UNNAMED = "memory behind a pointer"


class Stamp(NamedTuple):
    """Who made an access, and when: of shadow.h."""

    time: int
    site: int
    thread: int

    @classmethod
    def of(cls, bits: int) -> "Stamp":
        return cls(bits >> 32, (bits & 0xFFFFFFFF) >> 13, bits & 1023)


def explain(fault, kernel, sites, block, args, shared_bytes) -> KernelError:
    """The error for a `struct fault`; kernel: module.Kernel; sites: emit.Translation.sites; shared_bytes: of a block,
    static and dynamic."""
    if fault.kind == OUT_OF_MEMORY:
        return KernelError(
            f"kernel {kernel.name!r} needs more memory than this computer has; use fewer local arrays",
            kernel.name,
        )
    site = sites[fault.site]
    thread = thread_of(fault.warp * 32 + fault.lane, block)
    at = {"kernel": kernel.name, "line": site.line, "block": tuple(fault.block), "thread": thread}
    where = f"kernel {kernel.name!r}, {kernel.filename} line {site.line}, block {at['block']}, thread {thread}"
    if fault.kind == PARTED:
        return BarrierError(
            f"{where}: some threads of this warp wait at one __syncthreads() and some at another; "
            f"move the barrier out of the branch so that all reach the same one",
            **at,
        )
    if fault.kind == STUCK:
        many = f"{fault.bytes} threads" if fault.bytes else "all threads of the block"
        return BarrierError(
            f"{where}: this warp waits at barrier {fault.address} for {many}, and every other warp waits too or has "
            f"ended; let as many threads come to this barrier as it counts",
            **at,
        )
    if fault.kind == ABSENT:
        missing = lanes_of(fault.address)
        return WarpError(
            f"{where}: {site.opcode} names {missing} of its warp, which took another way; "
            f"call it outside the branch, or name only the lanes that come here",
            **at,
        )
    if fault.kind == TRAPPED:
        number = site.opcode.partition(".")[2]
        expected = kernel.ptx.asserts[int(number)] if number else ""
        why = f"assert({expected}) failed" if expected else "the kernel stopped itself (trap)"
        if not site.line:  # in place of the whole kernel
            where = f"kernel {kernel.name!r} ({kernel.filename})"
            why = "the compiler made it a trap: it does what no kernel may, as to write to __constant__ memory"
        return Trap(f"{where}: {why}", **at)
    array, first, element, described = array_of(fault, site, kernel, args, shared_bytes)
    does = "reads" if site.opcode.startswith("ld") else "writes"
    offset = fault.address - first if first is not None else 0
    index = offset // element if first is not None else None
    if fault.kind == MISALIGNED:
        step = fault.bytes // element
        mend = f"begin at an index that {step} divides, or take one element at a time"
        if step <= 1:
            mend = f"move what it {does} to such a place; alignas({fault.bytes}) puts an array at one"
        return Misaligned(
            f"{where}: {does} {fault.bytes} bytes at once at byte {offset} of {described}, "
            f"but such an access must begin at a multiple of {fault.bytes} bytes; {mend}",
            array=array,
            index=index,
            **at,
        )
    if array is None:
        return OutOfBounds(
            f"{where}: {does} an address that belongs to no array; check the pointer arithmetic",
            array=None,
            index=None,
            **at,
        )
    last = (offset + fault.bytes - 1) // element  # a vector may begin inside, and end outside
    many = f"index {index}" if last == index else f"the indices {index} to {last}"
    return OutOfBounds(
        f"{where}: {does} {many} of {described}; check the index, or guard the access with an if",
        array=array,
        index=index,
        **at,
    )


def too_long(fault, kernel, block, limit: float) -> KernelTimeout:
    """The error of a kernel that was stopped; the fault is STOPPED, or empty if nobody noticed."""
    at = {"kernel": kernel.name}
    where = ""
    if fault.kind == STOPPED:
        at |= {
            "line": fault.site,
            "block": tuple(fault.block),
            "thread": thread_of(fault.warp * 32 + fault.lane, block),
        }
        where = f": block {at['block']}, thread {at['thread']} was in line {at['line']}"
    return KernelTimeout(
        f"kernel {kernel.name!r} ({kernel.filename}) did not end within {limit:g} s and was stopped{where}; look for a "
        f"loop that cannot end, or raise the limit: os.environ['GLASS_TIME_LIMIT'] = '600'",
        **at,
    )


def thread_of(linear: int, block) -> tuple[int, int, int]:
    """threadIdx of the thread of that number."""
    return (linear % block[0], linear // block[0] % block[1], linear // (block[0] * block[1]))


def array_of(fault, site, kernel, args, shared_bytes):
    """(name, first address, bytes of an element, description) of the array that the access was meant for."""
    root, type_ = site.root, site.opcode.split(".")[-1]
    element = type_bits(type_) // 8 if type_[-1].isdigit() else 4  # an asynchronous copy has no type: it moves words
    root = root or _root_at(fault, kernel)
    if root is None:
        return _found_at(fault.address, kernel, args, element)
    if root.space == "local":
        stack = " with the stack of its functions that call themselves" if STACK in kernel.ptx.local else ""
        described = f"the local arrays of a thread ({kernel.ptx.local_size} bytes{stack})"
        return "local array", LOCAL_BIAS, element, described
    if root.space == "shared":
        return _shared(fault, root, kernel, element, shared_bytes)
    if root.space == "module":
        size, name = kernel.ptx.module[root.name].size, root.name
        if name in kernel.ptx.parameters:  # a struct that is indexed
            name = kernel.argument_names[list(kernel.ptx.parameters).index(name)]
        return name, fault.first, element, f"{name}, which has {_many(size // element, element)}"
    for parameter, value, name in zip(kernel.ptx.parameters.values(), args, kernel.argument_names, strict=True):
        if parameter.offset == root.offset and isinstance(value, Array):
            shape = " x ".join(str(n) for n in value.shape)
            many = f"{shape} = {value.size} elements" if value.ndim > 1 else _count(value.size, "element")
            return name, value.pointer, value.dtype.itemsize, f"{name}, which has {many} ({value.dtype})"
    for parameter, name in zip(kernel.ptx.parameters.values(), kernel.argument_names, strict=True):
        inside = parameter.offset <= root.offset < parameter.offset + parameter.size
        if parameter.type == "b8" and inside and not fault.first & 1:  # odd: it points to no array, see run._behind
            return name, fault.first, element, f"the array that the struct {name} points to"
    return None, None, element, "an array"


def lanes_of(mask: int) -> str:
    """The lanes of a mask in words: "lane 3", "the lanes 1, 4 to 9"."""
    lanes = [lane for lane in range(32) if mask >> lane & 1]
    firsts = [lane for lane in lanes if lane - 1 not in lanes]
    lasts = [lane for lane in lanes if lane + 1 not in lanes]
    runs = [
        f"{a} to {b}" if b > a + 1 else f"{a}, {b}" if b > a else str(a) for a, b in zip(firsts, lasts, strict=True)
    ]
    return f"{'lane' if len(lanes) == 1 else 'the lanes'} {', '.join(runs)}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _many(number: int, element: int) -> str:
    return f"{_count(number, 'element')} of {_count(element, 'byte')}"


def _root_at(fault, kernel) -> Root | None:
    """The shared array, or the variable of the module, that an address lies in."""
    for name, variable in kernel.ptx.shared.items():
        if variable.size is not None and 0 <= fault.address - fault.shared - variable.offset < variable.size:
            return Root("shared", name)
    for name, memory in kernel.arrays.items():
        if 0 <= fault.address - memory.pointer < memory.nbytes:
            fault.first = memory.pointer
            return Root("module", name)
    return None


def _found_at(address, kernel, args, element):
    """As array_of, of the argument that an address lies in, or of the memory that no argument names."""
    for value, name in zip(args, kernel.argument_names, strict=True):
        if isinstance(value, Array) and 0 <= address - value.pointer < value.nbytes:
            return (
                name,
                value.pointer,
                value.dtype.itemsize,
                f"{name}, which has {_count(value.size, 'element')} ({value.dtype})",
            )
    for allocation in live():
        if 0 <= address - allocation.pointer < allocation.nbytes:
            return UNNAMED, allocation.pointer, element, f"{UNNAMED} ({allocation.nbytes} bytes)"
    return None, None, element, "an array"


def _shared(fault, root, kernel, element, shared_bytes):
    variable, name = kernel.ptx.shared[root.name], readable(root.name)
    size, why = variable.size, ""
    if size is None:
        size = max(0, shared_bytes - variable.offset)
        why = f" (shared_mem={size} at the launch)"
    described = f"the shared array {name}, which has {_many(size // element, element)}{why}"
    return name, fault.shared + variable.offset, element, described


def readable(mangled: str) -> str:
    """`_ZZ5tiledE1a`, the array `a` inside `tiled`, -> "a": a name comes after its length, and the last one ends it."""
    for match in re.finditer(r"\d+", mangled):
        end = match.end() + int(match[0])
        if end <= len(mangled) and re.fullmatch(r"(_\d+)?", mangled[end:]):
            return mangled[match.end() : end]
    return mangled
