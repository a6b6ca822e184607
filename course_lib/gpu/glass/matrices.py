"""The C of instructions on matrices (isa/tensor.py, tensor.h) and of copies that arrive later (async.h).

It is the same in either half of a kernel: a half says how it reads 32 lanes of an operand, how it writes them to a
register, and which lanes are here.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from course_lib.gpu.glass.access import Access, Root
from course_lib.gpu.glass.counting import fragment_count, lanes_count
from course_lib.gpu.glass.definitions import c_name
from course_lib.gpu.glass.deliveries import STRONG, delivery, is_delivery
from course_lib.gpu.glass.instrument import CHECK
from course_lib.gpu.glass.isa.operation import type_bits
from course_lib.gpu.glass.isa.tensor import definition, fragment, matrix_count, product
from course_lib.gpu.glass.ptx import Instruction
from course_lib.gpu.glass.syntax import Address, Register, Symbol

COPY = r"cp\.async\.c[ag]\.shared(?:::cta)?\.global(?:\.L2::\d+B)?"
GROUPS = ("cp.async.commit_group", "cp.async.wait_group", "cp.async.wait_all")


class Half(NamedTuple):
    """lanes(operand, bits) -> C value; assign(register, value) -> C statement; limits(root, size), as of program.py;
    place(operand, bits) -> the C variable that holds 32 lanes of it, None if none does."""

    lanes: Callable
    assign: Callable
    mask: str
    everyone: str  # C that makes sure of all 32 lanes; {} is the site
    limits: Callable
    place: Callable


def is_wide(instruction: Instruction) -> bool:
    """An exchange of 128 bits."""
    parts = instruction.parts
    return parts[0] == "atom" and parts[-1] == "b128" and bool({"exch", "cas"} & set(parts))


def is_copy(instruction: Instruction) -> bool:
    """Copies that arrive later, what they report to, and exchanges of 128 bits."""
    if is_delivery(instruction) or is_wide(instruction):
        return True
    return instruction.opcode in GROUPS or re.fullmatch(COPY, instruction.opcode) is not None


def is_matrix(instruction: Instruction) -> bool:
    opcode = instruction.opcode
    return product(opcode) is not None or fragment(opcode) is not None or matrix_count(opcode) is not None


def statement(program, half: Half, instruction: Instruction) -> list[str]:
    """The C of an instruction for which is_matrix or is_copy holds."""
    if is_delivery(instruction):

        def check(part, *access, **options):
            return _check(program, part, instruction, *access, **options)

        return delivery(half, instruction, partial(_addresses, program, half), check, program.site(instruction))
    if is_wide(instruction):
        return _wide(program, half, instruction)
    if is_copy(instruction):
        return _copy(program, half, instruction)
    everyone = half.everyone.format(program.site(instruction))
    if product(instruction.opcode):
        return [everyone, *_product(program, half, instruction)]
    if fragment(instruction.opcode):
        return [everyone, *_fragment(program, half, instruction)]
    return [everyone, *_eight_by_eight(program, half, instruction)]


def _product(program, half, instruction):
    d, *sources = instruction.operands
    name = c_name(instruction.opcode)
    program.products[name] = definition(name, instruction.opcode, tuple(map(len, sources)))
    text, arrays, bits = ["{"], [], 64 if product(instruction.opcode).a == "f64" else 32
    lanes = "L" if bits == 64 else "R"
    for letter, registers in zip("abcd", (*sources, d), strict=True):  # all lanes are here: none needs its old value
        const, places = "" if letter == "d" else "const ", [half.place(r, bits) for r in registers]
        names = [place or f"from_{letter}{i}" for i, place in enumerate(places)]
        missing = ((n, r) for n, r, place in zip(names, registers, places, strict=True) if place is None)
        text += [f"{lanes} {n}{f' = {half.lanes(r, bits)}' if const else ''};" for n, r in missing]
        arrays.append(f"({const}R *const[]){{{', '.join(f'({const}R *)&{n}' for n in names)}}}")
    return [*text, f"{name}({', '.join([arrays[-1], *arrays[:-1]])}); }}"]


def _read(half, letter, registers, bits=32):
    lanes = "L" if bits == 64 else "R"
    return " ".join(f"{lanes} from_{letter}{i} = {half.lanes(r, bits)};" for i, r in enumerate(registers))


def _pointers(name, registers, const="const "):
    return f"({const}R *const[]){{{', '.join(f'({const}R *)&{name}{i}' for i in range(len(registers)))}}}"


def _results(half, registers, call, bits=32):
    names = [f"got{i}" for i in range(len(registers))]
    yield f"{'L' if bits == 64 else 'R'} {', '.join(names)};"
    yield call(_pointers("got", registers, ""))
    yield from (half.assign(r, n) for r, n in zip(registers, names, strict=True) if r != "_")


def _fragment(program, half, instruction):
    found, operands = fragment(instruction.opcode), list(instruction.operands)
    registers, address = operands[:2] if found.loads else reversed(operands[:2])
    registers = registers if type(registers) is tuple else (registers,)
    size, bits = type_bits(found.type) // 8, max(32, type_bits(found.type))
    count = len(registers) * bits // 8 // size
    across = operands[2] if len(operands) > 2 else (found.rows if found.by_column else found.columns)
    check = _check(program, half, instruction, found.loads, address, found.space, f"u{8 * size}", size)
    shape = f"{found.rows}, {found.columns}, {count}, {size}, {int(found.by_column)}"
    text = [f"{{ L base = {_addresses(program, half, address, found.space)}; R across = {half.lanes(across, 32)};"]
    text.append(f"across = divided(across, {found.packed});" if found.packed > 1 and len(operands) > 2 else "")
    text.append(_heads(program, half, instruction, found, address, size, min(16 if size > 1 else 8, count * size)))
    counted = fragment_count(program, found, size)  # after the move, whose check knows that all of it lies in an array
    if found.loads:
        load = f"WMMA_MOVE(x, base, across, {shape}, {check}, load_piece, {half.mask}) {counted}"
        return [*text, *_results(half, registers, lambda results: f"R *const *x = {results}; {load}", bits), "}"]
    text.append(_read(half, "s", registers, bits))
    return [
        *text,
        f"const R *const *x = {_pointers('from_s', registers)};",
        f"WMMA_MOVE(x, base, across, {shape}, {check}, store_piece, {half.mask}) {counted} }}",
    ]


def _heads(program, half, instruction, found, address, size, whole) -> str:
    """C that checks that each line of a wmma load or store begins at a multiple of `whole` bytes.

    PTX asks for all bytes that a lane gets, up to 32, the CUDA C++ Programming Guide for 16; of bytes, 8 may do.
    """
    lines = found.columns if found.by_column else found.rows
    first = half._replace(mask=f"{(1 << lines) - 1:#x}u & {half.mask}")
    check = _check(
        program, first, instruction, found.loads, address, found.space, f"u{8 * size}", whole, "heads", notes=False
    )
    return f"{{ L heads = line_heads(&base, &across, {size}, {half.mask}); {check}; }}"


def _eight_by_eight(program, half, instruction):
    count, turned = matrix_count(instruction.opcode)
    loads = instruction.opcode.startswith("ld")
    registers, address = instruction.operands if loads else reversed(instruction.operands)
    registers = registers if type(registers) is tuple else (registers,)
    rows = half._replace(mask=f"{(1 << 8 * count) - 1:#x}u & {half.mask}")
    check = _check(program, rows, instruction, loads, address, "shared", "u16", 16)
    text = [f"{{ L a = {_addresses(program, half, address, 'shared')}; {check};"]
    text.append(lanes_count(program, rows, "a", 16, "matrix loads" if loads else "matrix stores"))
    if loads:
        load = f"LDMATRIX(x, &a, {count}, {int(turned)}, {half.mask})"
        return [*text, *_results(half, registers, lambda results: f"R *const *x = {results}; {load}"), "}"]
    text.append(_read(half, "s", registers))
    store = f"STMATRIX(x, &a, {count}, {int(turned)}, {half.mask})"
    return [*text, f"const R *const *x = {_pointers('from_s', registers)}; {store} }}"]


def _copy(program, half, instruction):
    if instruction.opcode == GROUPS[0]:
        return [f"close_group(c, w, {half.mask});"]
    if instruction.opcode == GROUPS[1]:
        return [
            f"{{ R pending = {half.lanes(instruction.operands[0], 32)}; wait_groups(c, w, &pending, {half.mask}); }}"
        ]
    if instruction.opcode == GROUPS[2]:
        return [f"wait_all(c, w, {half.mask});"]
    to, source, size, *given = instruction.operands
    into = _check(program, half, instruction, False, to, "shared", "u32", size)
    site = len(program.sites) - 1  # of that write
    count = lanes_count(program, half, "a", size, "copies to shared")
    reading = half._replace(mask=f"(reads & {half.mask})")  # whose bytes are all to be zero reads nothing
    out_of = _check(program, reading, instruction, True, source, "global", "u32", size, "b")
    count += lanes_count(program, reading, "b", size, "")  # the same request's other side
    return [
        f"{{ L a = {_addresses(program, half, to, 'shared')}; {into};",
        f"L b = {_addresses(program, half, source, 'global')};",
        f"R given = {half.lanes(given[0] if given else size, 32)};",
        "u32 reads = 0; for (int i = 0; i < 32; i++) reads |= (u32)(((u32 *)&given)[i] != 0) << i;",
        f"{out_of}; {count} copy_async(c, w, {site}, &a, &b, {size}, &given, {half.mask}); }}",
    ]


def _wide(program, half, instruction):
    results, address, *values = instruction.operands
    space = next((p for p in instruction.parts if p in ("global", "shared")), "")
    check = _check(program, half, instruction, False, address, space, "u64", 16, does=STRONG)
    text = [f"{{ L a = {_addresses(program, half, address, space)}; {check};"]
    text += [_read(half, letter, registers, 64) for letter, registers in zip("yz", values, strict=False)]
    given = [f"(const L *const[]){{&from_{letter}0, &from_{letter}1}}" for letter in "yz"[: len(values)]]
    arguments = ", ".join([*given, "0"][:2])
    text.append(f"L got0, got1; exchange_wide((L *const[]){{&got0, &got1}}, &a, {arguments}, {half.mask});")
    return [*text, *(half.assign(r, f"got{i}") for i, r in enumerate(results)), "}"]


def _check(program, half, instruction, loads, address, space, type_, size, lanes="a", does="", notes=True) -> str:
    """C that checks the addresses in these lanes, and notes the accesses; reported as a plain load or store."""
    root: Root | None = program.root(Access(loads, space, type_, address, ()))
    data = tuple([Symbol("_")] * (8 * size // type_bits(type_)))
    reported = Instruction(
        f"{'ld' if loads else 'st'}.{space}.{type_}".replace("..", "."), [data, address], instruction.line
    )
    reported.operands = reported.operands if loads else reported.operands[::-1]
    first, count = half.limits(root, size)
    if program.instrument == CHECK:
        copies = is_copy(instruction) and not loads
        flags = does or ("WRITES | COPIES" if copies else "READS" if loads else "WRITES")
        site = program.site(reported, root)
        good = f"u32 good = inside(c, w, {site}, (u64 *)&{lanes}, {half.mask}, {first}, {count}, {size});"
        if not notes:
            return f"{{ {good} (void)good; }}"
        element = min(size, 4)
        return f"{{ {good} note(c, w, {site}, (u64 *)&{lanes}, good, {first}, {size}, {element}, {flags}, NULL, 0); }}"
    return f"check_lanes(c, w, {program.site(reported, root)}, &{lanes}, {half.mask}, {first}, {count}, {size})"


def _addresses(program, half, address: Address, space: str) -> str:
    base, offset = address
    if isinstance(base, Register):
        width = program.kernel.width(base)
        lanes = half.lanes(base, 64) if width == 64 else f"widen32({half.lanes(base, 32)})"
    else:
        literal = 0 if base is None else program.literal(base)
        lanes = f"splat64({program.symbol(base) if literal is None else f'{literal}ull'})"
    start = "(u64)c->shared + " if space == "shared" else ""
    return f"plus64({lanes}, splat64({start}{offset & (1 << 64) - 1}ull))"
