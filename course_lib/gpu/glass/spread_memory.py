"""Loads, stores and atomics of the half that expects divergence: lane by lane, under the active mask."""

from course_lib.gpu.glass import stepping
from course_lib.gpu.glass.access import access
from course_lib.gpu.glass.checked import judged
from course_lib.gpu.glass.collective import atomic_name
from course_lib.gpu.glass.counting import spread_count
from course_lib.gpu.glass.definitions import c_name
from course_lib.gpu.glass.instrument import CHECK
from course_lib.gpu.glass.program import LOCAL_BIAS, c_register, constant, limits, parameter
from course_lib.gpu.glass.spread_operands import pointer, register_width
from course_lib.gpu.glass.syntax import Register


def memory(program, instruction) -> list[str]:
    """The C of one `ld` or `st`."""
    found = access(instruction)
    if found.space == "param":
        return [
            _parameter(program, found, register, j) for j, register in enumerate(found.registers) if register != "_"
        ]
    root = program.root(found)
    program.loaded.add(found.type)
    first, count = limits(program, root, found.size)
    known = program.known.of(instruction) if program.known else None
    site = known.site if known else program.site(instruction, root)
    check, mask = f"check_lanes(c, w, {site}, &a, am, {first}, {count}, {found.size});", "am"
    if known:
        check = ""
    elif program.known:
        one = found.registers[0] if len(found.registers) == 1 and not found.loads else None
        values = "" if one is None else pointer(program, one, max(32, 8 * found.element), 0)
        check, mask = judged(program, instruction, found, site, "am", values), "good"
    text = [f"{{ L a; {_addresses(program, found)} {stepping.touches(program, site)} {check}"]
    text.append(spread_count(program, found, root, site))
    if found.space == "local" and not program.known:
        text.append(f"a = plus64(a, plus64(local_frames(c, w, LOCAL), splat64({constant(-LOCAL_BIAS, 64)})));")
    for j, register in enumerate(found.registers):
        narrow = max(32, 8 * found.element)
        bits = register_width(program, register) if isinstance(register, Register) else narrow
        verb = f"{'load' if found.loads else 'store'}_{found.type}_{bits}"
        if register != "_":
            value = pointer(program, register, bits, 0)
            move = f"{verb}({value}, &a, {j * found.element}, {mask});"
            if mask == "good" and found.loads:  # what lies outside is 0, so that what follows is the same in every run
                move += f" put{bits}({value}, 0, am & ~good);"
            text.append(f"{move} {stepping.moves(program, value, bits, j)}")
    return [*text, "}"]


def _parameter(program, found, register, j):
    return f"put{register_width(program, register)}(&S->{c_register(register)}, {parameter(program, found, j)}, am);"


def _addresses(program, found):
    """Fills `a` with addresses of the host (of a local access: biased offsets)."""
    base, offset = found.address
    shift = constant(offset + (LOCAL_BIAS if found.space == "local" else 0), 64)
    shift = f"(u64)c->shared + {shift}" if found.space == "shared" else shift
    if isinstance(base, Register):
        return f"address{register_width(program, base)}(&a, &S->{c_register(base)}, {shift});"
    literal = 0 if base is None else program.literal(base)
    start = program.symbol(base) if literal is None else constant(literal, 64)
    return f"fill64(&a, {start} + {shift});"


def atomic(program, instruction) -> list[str]:
    """The C of one `atom` or `red`."""
    found, name = access(instruction), atomic_name(instruction)
    program.atomics.add(name)
    root, bits = program.root(found), max(32, 8 * found.element)
    first, count = limits(program, root, found.size)
    site = program.site(instruction, root)
    check = f"{stepping.touches(program, site)} check_lanes(c, w, {site}, &a, am, {first}, {count}, {found.size});"
    check += f" {spread_count(program, found, root, site)}"
    mask = "am"
    if program.instrument == CHECK:
        check, mask = judged(program, instruction, found, site, "am"), "good"
    values = [pointer(program, r, bits, i) for i, r in enumerate(found.registers)]
    check += "".join(stepping.moves(program, value, bits, i) for i, value in enumerate(values))
    call = f"atomic_{c_name(name)}(c, &v, &a, {values[0]}, {values[-1]}, {mask});"
    text = [f"{{ L a; {'L' if bits == 64 else 'R'} v; {_addresses(program, found)} {check} {call}"]
    if instruction.parts[0] == "atom" and instruction.operands[0] != "_":
        target = f"S->{c_register(instruction.operands[0])}"
        text.append(f"{target} = choose{bits}({mask}, v, {target});")
    return [*text, "}"]
