"""The half of a kernel's C that expects divergence: every register is 32 lanes in memory, every write is masked.

It is the definition of what the kernel means; fast.py is a short cut. pending[b] holds the lanes that wait to run
block b; the first such block in the order of converge.py runs next, so lanes that parted meet again at the first block
they share. `am` is the active mask: the lanes that run now.
"""

from functools import partial
from itertools import pairwise

from course_lib.gpu.glass import stepping
from course_lib.gpu.glass.checked import fence, ran
from course_lib.gpu.glass.collective import counted, targets, which_barrier
from course_lib.gpu.glass.converge import order as in_turn
from course_lib.gpu.glass.definitions import c_name, lane_bits
from course_lib.gpu.glass.flow import ENDS_BLOCK
from course_lib.gpu.glass.instrument import CHECK
from course_lib.gpu.glass.isa.warp import COLLECTIVES
from course_lib.gpu.glass.matrices import Half, is_copy, is_matrix, statement
from course_lib.gpu.glass.program import (
    PREDICATES,
    Program,
    c_register,
    hoisted,
    is_silent,
    limits,
    silent,
)
from course_lib.gpu.glass.ptx import Instruction
from course_lib.gpu.glass.runs import Run
from course_lib.gpu.glass.spread_memory import atomic, memory
from course_lib.gpu.glass.spread_operands import numbers, pointer, register_width
from course_lib.gpu.glass.syntax import Register
from course_lib.gpu.glass.waiting import ROUNDS

LONG = 500  # instructions


def spread_half(program: Program) -> str:
    """`struct spread_state` and `int spread(core, warp, state, until)`: DONE, AT_BARRIER, WAITS, or MET at `until`."""
    return f"{_state(program)}\n{program.runs.tables()}\n{_function(program)}"


def _state(program):
    fields = {1: [], 32: [], 64: []}
    for register in program.registers:
        fields[register_width(program, register)].append(c_register(register))
    # pending: who waits to run a block; parked: who waits at a __syncwarp() before it
    lines = [f"u32 pending[{program.flow.exit + 1}], parked[{program.flow.exit + 1}];"]
    if program.instrument == CHECK:
        lines.append("u32 members[32], at[32];")  # whom a lane that is parked waits for, and its site
    lines += [f"{t} {', '.join(fields[b])};" for t, b in (("u32", 1), ("R", 32), ("L", 64)) if fields[b]]
    heads = ", ".join(str(block.instructions[0].line) for block in program.flow.blocks)
    state = f"static const u32 HEAD[] = {{{heads}}};\nstruct spread_state {{ {' '.join(lines)} }};\n"
    unwritten = (f"S->{c_register(register)}" for register in sorted(program.flow.live_in[0]))
    begin = " ".join(f"memset(&{name}, 0xff, sizeof {name});" for name in unwritten)
    state += f"static void begin_registers(struct spread_state *S) {{ (void)S; {begin} }}\n"
    ends = [f"S->pending[{b}]" for b, code in enumerate(program.flow.blocks) if code.instructions[0].parts[0] == "ret"]
    met = _MET.replace("ENDING", " | ".join(["0", *ends])) if program.instrument == CHECK else ""
    return state + (_ELSEWHERE + met + _UNPARK).replace("EXIT", str(program.flow.exit)).replace(
        "JUDGED", met and _JUDGED
    )


_ELSEWHERE = """// Lanes that live, but are not here.
static u32 elsewhere(const struct spread_state *S, const struct warp *w) {
  u32 m = w->waiting; for (int b = 0; b < EXIT; b++) m |= S->pending[b] | S->parked[b]; return m; }
"""
_MET = """// Lanes of which each has come to a __syncwarp(). It waits for those that it names and that have not ended.
static void syncwarp(struct core *c, const struct warp *w, const struct spread_state *S, u32 m) {
  u32 live = elsewhere(S, w), members[32], told = 0;
  live = m | (live & ~(ENDING));
  for (u32 i = 0; i < 32; i++) if (m >> i & 1) {
    members[i] = S->members[i] & live;
    if (!told && (members[i] & ~m || ~members[i] >> i & 1)) told = is_absent(c, w, S->at[i], i, members[i] & ~m);
  }
  lanes_meet(c, w, (const R *)members, m);
}
"""
_UNPARK = """static int unpark(struct core *c, const struct warp *w, struct spread_state *S) {
  u32 any = 0; for (int b = 0; b < EXIT; b++) any |= S->parked[b];
  JUDGED
  for (int b = 0; b < EXIT; b++) { S->pending[b] |= S->parked[b]; S->parked[b] = 0; }
  return any != 0; }"""
_JUDGED = "if (any) syncwarp(c, w, S, any);"


_DISPATCH = """dispatch:
{each} if (S->pending[b] && b != until) {{ CHECK_STOP(HEAD[b], __builtin_ctz(S->pending[b]))
  {found} am = S->pending[b]; S->pending[b] = 0; switch (b) {{ {cases} }} }}
if (unpark(c, w, S)) goto dispatch;
if (until >= 0 && S->pending[until] == ~0u) {{ S->pending[until] = 0; return MET; }}
if (until >= 0) {{ until = -1; w->spread = 1; goto dispatch; }}  // some lanes ended on the way: no full warp again
if (w->waiting) {{ S->pending[w->waits_at] = w->here = w->waiting; w->waiting = 0; w->spread = 1; return AT_BARRIER; }}
return DONE;"""


def _function(program):
    exit_ = program.flow.exit
    # of a long kernel, the half that few lanes see is not worth gcc's second look
    quick = '__attribute__((optimize("O0"))) ' if sum(len(b.instructions) for b in program.flow.blocks) > LONG else ""
    head = f"COLD {quick}int spread(struct core *c, struct warp *w, struct spread_state *S, int until) {{"
    cases = " ".join(f"case {b}: goto M{b};" for b in range(exit_))
    each, found = f"for (int b = 0; b < {exit_}; b++)", ""
    text, order = ["R t[4]; L q[4]; u32 am; (void)t; (void)q;"], list(range(exit_))
    if program.waits:  # after a turn of the others, first who comes behind the loop that waits: it may be waited for
        each, found = f"for (int k = 0, b; b = (k + w->from) % {exit_}, k < {exit_}; k++)", "w->from = 0;"
    elif (order := in_turn([b.successors for b in program.flow.blocks])) != list(range(exit_)):
        text.append(f"static const u32 order[] = {{{', '.join(map(str, [*order, exit_]))}}};")
        each = f"for (int k = 0, b; b = order[k], k < {exit_}; k++)"
    follows = set(pairwise(order))
    text.append(_DISPATCH.format(cases=cases, each=each, found=found))
    told = stepping.told(program)
    for number, block in enumerate(program.flow.blocks):
        text.append(f"M{number}:; {program.profiled(f'RAN({number}, am);')}")
        text.append(ran(program, number, "am"))
        for instruction in program.runs.code[number]:
            text += [next(told), *_statement(program, instruction, number)]
        if block.instructions[-1].parts[0] not in ENDS_BLOCK:
            text.append(_fall_through(number + 1, exit_, (number, number + 1) in follows))
    return "\n".join([head, hoisted(program), *text, "}"])


def _fall_through(following, exit_, follows=True):
    if following == exit_:
        return "goto dispatch;"
    if not follows:  # others may come before it
        return f"S->pending[{following}] |= am; goto dispatch;"
    join = f"am |= S->pending[{following}]; S->pending[{following}] = 0; if (until != {following}) goto M{following};"
    return f"{join} S->pending[{following}] = am; goto dispatch;"


def _statement(program, instruction: Instruction | Run, number) -> list[str]:
    if isinstance(instruction, Run):
        return [instruction.masked(program)]
    parts = instruction.parts
    if parts[0] == "bra":
        return [_branch(program, instruction, number)]
    if parts[0] in ("ret", "exit"):
        return ["goto dispatch;"]
    if parts[0] == "trap":
        return [f"fault(c, w, TRAPPED, {program.site(instruction)}, 0, 0, 0, __builtin_ctz(am));"]
    if instruction.opcode == "bar.warp.sync":
        return [_gather(program, instruction, number)]
    if instruction.opcode == "arrive.named":
        threads = "elsewhere(S, w) ? __builtin_popcount(am) : 32"
        return [f"arrives(c, w, {numbers(program, instruction.operands)}, {threads}, {program.site(instruction)}, 0);"]
    if parts[0] in ("bar", "barrier"):
        return [_barrier(program, instruction, number)]
    if parts[0] == "counted":
        return [_counted(instruction)]
    if instruction.opcode in COLLECTIVES:
        return _collective(program, instruction)
    if is_matrix(instruction) or is_copy(instruction):
        return statement(program, _half(program), instruction)
    if parts[0] in ("atom", "red"):
        return atomic(program, instruction)
    if parts[0] in ("ld", "st"):
        return memory(program, instruction)
    if is_silent(instruction):
        return [fence(instruction, "am")] if program.instrument == CHECK else silent(instruction)
    if parts[-1] == "pred":
        return [_predicate(parts[0], instruction.operands)]
    if parts[0] == "cvta":
        return [_cvta(program, instruction)]
    return _operation(program, instruction)


# ---- control ----


def _branch(program, instruction, number):
    target = program.flow.target(instruction)
    if instruction.guard is None:
        return f"S->pending[{target}] |= am; {_turn(program, number, 'am')} goto dispatch;"
    predicate, negated = instruction.guard
    taken = f"u32 taken = {'~' if negated else ''}S->{c_register(predicate)} & am;"
    parts = program.profiled(f"if (taken && taken != am) PARTS({number});") + stepping.parts(program)
    return (
        f"{{ {taken} {parts} S->pending[{target}] |= taken; S->pending[{number + 1}] |= am & ~taken; "
        f"{_turn(program, number, 'taken')} goto dispatch; }}"
    )


def _turn(program, number, again):
    """After some rounds of a loop that waits, the other warps have a turn."""
    line = program.flow.blocks[number].instructions[-1].line
    leave = f"w->rounds = 0; w->from = {number + 1}; w->line = {line}; w->until = until; return WAITS;"
    return f"if ({again} && ++w->rounds >= {ROUNDS}) {{ {leave} }}" if number in program.waits else ""


def _barrier(program, instruction, number):
    parted = f"fault(c, w, PARTED, {program.site(instruction)}, w->site, w->waiting, 0, __builtin_ctz(am));"
    wait = f"w->waiting |= am; w->waits_at = {number + 1}; goto dispatch;"
    if instruction.opcode == "bar.count":
        mask = pointer(program, instruction.operands[-1], 1, 0)
        wait = f"vote(c, w, *{mask} & am, am); {wait}"
    if program.instrument == CHECK:
        wait = f"w->site = {program.site(instruction)}; {wait}"
    if program.names_barriers:
        which = numbers(program, which_barrier(instruction))
        wait = f"wait_at(w, {which}, {program.site(instruction)}); {wait}"
    return f"if (w->waiting && w->waits_at != {number + 1}) {parted} {wait}"


def _gather(program, instruction, number):
    """__syncwarp(mask): wait for the named lanes that are still on their way."""
    members = pointer(program, instruction.operands[0], 32, 0)
    missing = f"u32 named = 0; for (int i = 0; i < 32; i++) if (am >> i & 1) named |= ((const u32 *){members})[i];"
    park = f"if (named & elsewhere(S, w)) {{ S->parked[{number + 1}] |= am; goto dispatch; }}"
    if program.instrument == CHECK:
        asks = f"S->members[i] = ((const u32 *){members})[i]; S->at[i] = {program.site(instruction)};"
        park = f"for (int i = 0; i < 32; i++) if (am >> i & 1) {{ {asks} }} {park} syncwarp(c, w, S, am);"
    return f"{{ {missing} {park} }} {_fall_through(number + 1, program.flow.exit)}"


# ---- the lanes of a warp together ----


def _counted(instruction):
    target, value = f"S->{c_register(instruction.operands[0])}", counted(instruction)
    if instruction.parts[-1] == "pred":
        return f"{target} = ({target} & ~am) | (-(u32)({value}) & am);"
    return f"put32(&{target}, {value}, am);"


def _collective(program, instruction):
    found = COLLECTIVES[instruction.opcode]
    sources = enumerate(zip(instruction.operands[1:], found.operands, strict=True))
    arguments = [pointer(program, o, lane_bits(t), i) for i, (o, t) in sources]
    text = ["{ R v; u32 ok; (void)v; (void)ok;"]
    if found.members is not None:
        site = program.site(instruction)
        text.append(f"check_members(c, w, {site}, {arguments[found.members]}, am, elsewhere(S, w));")
    results = ["&ok" if t == "pred" else "&v" for t in found.results]
    text.append(f"{found.function}({', '.join([*results, *arguments, 'am'])});")
    if program.instrument == CHECK and instruction.parts[0] == "shfl":
        text.append(f"tell_strangers(c, w, {site}, &v);")
    for register, t in zip(targets(instruction), found.results, strict=False):
        name = f"S->{c_register(register)}"
        if register != "_":
            text.append(f"{name} = {f'({name} & ~am) | (ok & am)' if t == 'pred' else f'choose32(am, v, {name})'};")
    return [*text, "}"]


def _half(program) -> Half:
    def assign(register, value):
        bits, target = register_width(program, register), f"S->{c_register(register)}"
        if bits == 1:
            return f"{target} = ({target} & ~am) | ({value} & am);"
        return f"{target} = choose{bits}(am, {value}, {target});"

    everyone = "{{ R all = splat32(~0u); check_members(c, w, {}, &all, am, elsewhere(S, w)); }}"

    def place(operand, bits):
        whole = isinstance(operand, Register) and operand != "_" and register_width(program, operand) == bits
        return f"S->{c_register(operand)}" if whole else None

    def lanes(operand, bits):
        return f"*{pointer(program, operand, bits, 0)}"

    return Half(lanes, assign, "am", everyone, partial(limits, program), place)


# ---- computing ----


def _predicate(name, operands):
    target, *sources = (f"S->{c_register(o)}" if isinstance(o, Register) else ("~0u" if o else "0u") for o in operands)
    return f"{target} = ({target} & ~am) | (({PREDICATES[name].format(*sources, no='~')}) & am);"


def _cvta(program, instruction):
    """Generic addresses are the host's: shared memory begins at c->shared, a lane's local arrays in its own frame."""
    (target, source), parts = instruction.operands, instruction.parts
    value = f"*{pointer(program, source, 64, 0)}"
    if "shared" in parts:
        value = f"plus64({value}, splat64({'-' if 'to' in parts else ''}(u64)c->shared))"
    elif "local" in parts:
        value = f"{'minus64' if 'to' in parts else 'plus64'}({value}, local_frames(c, w, LOCAL))"
    return f"S->{c_register(target)} = choose64(am, {value}, S->{c_register(target)});"


def _operation(program, instruction):
    opcode, (first, *sources) = instruction.opcode, instruction.operands
    types = program.operation(opcode, "m").operands
    target, _, second = first.partition("|")
    pairs = enumerate(zip(sources, map(lane_bits, types), strict=True))
    arguments = ", ".join(pointer(program, source, b, i) for i, (source, b) in pairs)
    text = [f"{c_name(opcode)}_m(&S->{c_register(target)}, {arguments}, am);"]
    if second and second != "_":
        other = f"S->{c_register(second)}"
        text.append(f"{other} = ({other} & ~am) | (~S->{c_register(target)} & am);")
    return text
