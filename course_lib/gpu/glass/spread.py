"""The half of a kernel's C that expects divergence: every register is 32 lanes in memory, every write is masked.

It is the definition of what the kernel means; fast.py is a short cut. pending[b] holds the lanes that wait to run
block b; the lowest such block runs next, so lanes that parted meet again at the first block they share.
"""

from course_lib.gpu.glass.access import access
from course_lib.gpu.glass.definitions import c_name, register_bits
from course_lib.gpu.glass.lanes import thread_coordinates
from course_lib.gpu.glass.program import LOCAL_BIAS, Program, c_register, constant
from course_lib.gpu.glass.ptx import Register, Special

SPECIALS = {f"%ctaid.{a}": f"c->block[{i}]" for i, a in enumerate("xyz")} | {
    f"%nctaid.{a}": f"c->launch->grid[{i}]" for i, a in enumerate("xyz")
}


def spread_half(program: Program) -> str:
    """`struct spread_state` and `int spread(core, warp, state, until)`: DONE, AT_BARRIER, or MET at block `until`."""
    return "\n".join([_state(program), _function(program)])


def _state(program):
    fields = {1: [], 32: [], 64: []}
    for register in program.registers:
        fields[_bits(program, register)].append(c_register(register))
    lines = [f"u32 pending[{len(program.flow.blocks) + 1}];"]
    lines += [
        f"{t} {', '.join(names)};" for t, names in (("u32", fields[1]), ("R", fields[32]), ("L", fields[64])) if names
    ]
    return f"struct spread_state {{ {' '.join(lines)} }};"


def _bits(program, register):
    width = program.kernel.width(register)
    return 1 if width == 1 else 64 if width == 64 else 32


def _function(program):
    exit_ = program.flow.exit
    head = "COLD int spread(struct core *c, struct warp *w, struct spread_state *S, int until) {"
    text = ["R t0, t1, t2, t3; L q0, q1, q2, q3; u32 am;"]
    text.append("(void)t0; (void)t1; (void)t2; (void)t3; (void)q0; (void)q1; (void)q2; (void)q3;")
    text += [f"dispatch: CHECK_STOP for (int b = 0; b < {exit_}; b++) if (S->pending[b] && b != until) {{"]
    text.append(
        "am = S->pending[b]; S->pending[b] = 0; switch (b) { "
        + " ".join(f"case {b}: goto M{b};" for b in range(exit_))
        + " } }"
    )
    text.append("if (until >= 0 && S->pending[until] == ~0u) { S->pending[until] = 0; return MET; }")
    text.append("if (until >= 0) { until = -1; w->spread = 1; goto dispatch; }  // some lanes ended on the way")
    text.append(
        "if (w->waiting) { S->pending[w->waits_at] = w->waiting; w->waiting = 0; w->spread = 1; return AT_BARRIER; }"
    )
    text.append("return DONE;")
    for number, block in enumerate(program.flow.blocks):
        text.append(f"M{number}:;")
        for instruction in block.instructions:
            text += _statement(program, instruction, number)
        if block.instructions[-1].parts[0] not in ("bra", "ret", "exit", "trap", "bar", "barrier"):
            text.append(_fall_through(number, exit_))
    return "\n".join([head, hoisted(program), *text, "}"])


def _fall_through(number, exit_):
    following = number + 1
    if following == exit_:
        return "goto dispatch;"
    return f"am |= S->pending[{following}]; S->pending[{following}] = 0; if (until != {following}) goto M{following}; S->pending[{following}] = am; goto dispatch;"


def _statement(program, instruction, number) -> list[str]:
    parts, operands = instruction.parts, instruction.operands
    exit_ = program.flow.exit
    if parts[0] == "bra":
        return [_branch(program, instruction, number, exit_)]
    if parts[0] in ("ret", "exit"):
        return ["goto dispatch;"]
    if parts[0] == "trap":
        return [f"fault(c, w, TRAPPED, {program.site(instruction)}, 0, 0, __builtin_ctz(am));"]
    if parts[0] in ("bar", "barrier"):
        return [_barrier(program, instruction, number)]
    if parts[0] in ("ld", "st"):
        return _memory(program, instruction)
    if parts[0] in ("membar", "fence", "prefetch", "prefetchu"):
        return []  # lanes run in order here: every write is seen by whoever comes later
    if parts[-1] == "pred":
        return [_predicate(program, parts[0], operands)]
    if parts[0] == "cvta":
        return _cvta(program, instruction)
    return _operation(program, instruction)


def _branch(program, instruction, number, exit_):
    target = program.flow.target(instruction)
    if instruction.guard is None:
        return f"S->pending[{target}] |= am; goto dispatch;"
    predicate, negated = instruction.guard
    taken = f"{'~' if negated else ''}S->{c_register(predicate)} & am"
    text = f"{{ u32 taken = {taken}; S->pending[{target}] |= taken; S->pending[{number + 1}] |= am & ~taken; S->pending[{exit_}] = 0; goto dispatch; }}"
    return text


def _barrier(program, instruction, number):
    if instruction.opcode not in ("bar.sync", "barrier.sync", "barrier.sync.aligned") or instruction.operands != [0]:
        raise program.unsupported(instruction, "a barrier other than __syncthreads,")
    site = program.site(instruction)
    parted = f"if (w->waiting && w->waits_at != {number + 1}) fault(c, w, PARTED, {site}, 0, 0, __builtin_ctz(am));"
    return f"{parted} w->waiting |= am; w->waits_at = {number + 1}; goto dispatch;"


def _predicate(program, name, operands):
    target = f"S->{c_register(operands[0])}"
    x, *rest = (f"S->{c_register(o)}" if isinstance(o, Register) else ("~0u" if o else "0u") for o in operands[1:])
    value = {"mov": "{0}", "not": "~{0}", "and": "{0} & {1}", "or": "{0} | {1}", "xor": "{0} ^ {1}"}[name].format(
        x, *rest
    )
    return f"{target} = ({target} & ~am) | (({value}) & am);"


def _cvta(program, instruction):
    """Generic addresses are the host's: shared memory begins at c->shared, a lane's local arrays in its own frame."""
    target, source = instruction.operands
    x, away = _operand(program, source, 64, 0), "to" in instruction.parts
    if "shared" in instruction.parts:
        value = f"plus64(*{x}, splat64({'-' if away else ''}(u64)c->shared))"
    elif "local" in instruction.parts and not away:
        value = f"plus64(*{x}, local_frames(c, w, LOCAL))"
    elif "local" in instruction.parts:
        raise program.unsupported(instruction)
    else:
        value = f"*{x}"
    return [f"S->{c_register(target)} = choose64(am, {value}, S->{c_register(target)});"]


def _operation(program, instruction):
    opcode, (target, *sources) = instruction.opcode, instruction.operands
    operation = program.operation(opcode, "m", instruction)
    target, _, second = target.partition("|")
    arguments = ", ".join(
        _operand(program, s, _lane_bits(t), i) for i, (s, t) in enumerate(zip(sources, operation.operands, strict=True))
    )
    text = [f"{c_name(opcode)}_m(&S->{c_register(target)}, {arguments}, am);"]
    if second and second != "_":
        text.append(f"S->{c_register(second)} = (S->{c_register(second)} & ~am) | (~S->{c_register(target)} & am);")
    return text


def _lane_bits(type_):
    return 1 if type_ == "pred" else register_bits(type_)


def _operand(program, operand, bits, position):
    """A pointer to 32 lanes: the register's own, or a scratch register filled for the occasion."""
    if isinstance(operand, Register):
        return f"&S->{c_register(operand)}"
    if isinstance(operand, Special) and operand in thread_coordinates((1, 1, 1)):
        return (
            f"&c->tid_{operand[-1]}[w->index]"
            if operand.startswith("%tid")
            else f"(t{position} = pattern32(LANE, 1), &t{position})"
        )
    value = program.literal(operand)
    if value is None and operand not in SPECIALS:
        raise program.unsupported_operand(operand)
    if bits == 1:
        return f"&(u32){{{'~0u' if value else '0u'}}}"
    text = SPECIALS[operand] if value is None else constant(value, bits)
    scratch = f"{'q' if bits == 64 else 't'}{position}"
    return f"({scratch} = splat{bits}({text}), &{scratch})"


def _memory(program, instruction):
    found = access(instruction)
    if found.space == "param":
        return [
            _parameter(program, found, register, j) for j, register in enumerate(found.registers) if register != "_"
        ]
    check_known(program, instruction, found)
    root = program.root(found)
    site = program.site(instruction, root)
    program.loaded.add(found.type)
    first, count = limits(program, root, found.size)
    text = [
        f"{{ L a = {_addresses(program, found)};",
        f"check_lanes(c, w, {site}, &a, am, {first}, {count}, {found.size});",
    ]
    if found.space == "local":
        text.append(f"a = plus64(a, plus64(local_frames(c, w, LOCAL), splat64({constant(-LOCAL_BIAS, 64)})));")
    for j, register in enumerate(found.registers):
        bits = _bits(program, register) if isinstance(register, Register) else (64 if found.element == 8 else 32)
        verb = f"{'load' if found.loads else 'store'}_{found.type}_{bits}"
        if register != "_":
            text.append(f"{verb}({_operand(program, register, bits, 0)}, &a, {j * found.element}, am);")
    return [*text, "}"]


def _parameter(program, found, register, j):
    target, bits = f"S->{c_register(register)}", _bits(program, register)
    return f"{target} = choose{bits}(am, splat{bits}({parameter(program, found, j)}), {target});"


def _addresses(program, found):
    """Addresses of the host (of a local access: biased offsets) as an L."""
    base, offset = found.address
    if isinstance(base, Register):
        name = f"S->{c_register(base)}"
        lanes = name if program.kernel.width(base) == 64 else f"widen32({name})"
    else:
        literal = program.literal(base) if base is not None else 0
        if literal is None:
            raise program.unsupported_operand(base)
        lanes = f"splat64({constant(literal, 64)})"
    add = {"shared": f"(u64)c->shared + {constant(offset, 64)}", "local": constant(offset + LOCAL_BIAS, 64)}
    return f"plus64({lanes}, splat64({add.get(found.space, constant(offset, 64))}))"


# ---- what fast.py shares ----


def check_known(program, instruction, found):
    """Raises Unsupported for the spaces and modifiers that come later."""
    if found.unknown or found.space in ("const",):
        raise program.unsupported(instruction)


def parameter(program, found, j=0) -> str:
    """A kernel parameter as a C expression."""
    base = program.kernel.parameters[found.address.base].offset + found.address.offset + j * found.element
    return f"*(const {found.type} *)(c->launch->parameters + {base})"


def limits(program, root, size) -> tuple[str, str]:
    """(first address, number of possible starts) of the array that an access is held to; ("0", "0"): any array."""
    if root is None:
        return "0", "0"
    if root.space == "local":
        return str(LOCAL_BIAS), f"starts(LOCAL, {size})"
    if root.space == "shared":
        variable = program.kernel.shared[root.name]
        count = (
            f"starts(c->launch->shared_bytes - {variable.offset}, {size})"
            if variable.size is None
            else f"{max(variable.size - size + 1, 0)}"
        )
        return f"(u64)c->shared + {variable.offset}", count
    number = program.root_number(root)
    return f"first{number}", f"starts(bytes{number}, {size})"


def hoisted(program) -> str:
    """The extents of the pointer parameters as local variables, which no store can be thought to change."""
    return " ".join(
        f"const u64 first{i} = c->launch->roots[{i}].first, bytes{i} = c->launch->roots[{i}].bytes;"
        for i in range(len(program.pointers))
    )
