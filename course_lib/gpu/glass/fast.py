"""The half of a kernel's C for warps whose 32 lanes all take the same path: uniform and linear registers are scalars.

Where lanes part it hands its registers to spread.py's half, and goes on where they meet again.
"""

from functools import partial

from course_lib.gpu.glass.access import access
from course_lib.gpu.glass.checked import fence, ran
from course_lib.gpu.glass.collective import counted, which_barrier
from course_lib.gpu.glass.definitions import c_name, lane_bits
from course_lib.gpu.glass.fast_collective import collective
from course_lib.gpu.glass.fast_memory import ALL, atomic, memory, row_length
from course_lib.gpu.glass.flow import ENDS_BLOCK
from course_lib.gpu.glass.instrument import CHECK
from course_lib.gpu.glass.isa.warp import COLLECTIVES
from course_lib.gpu.glass.lanes import VECTOR
from course_lib.gpu.glass.linear import Sum, compared, linear_sum, source_bits
from course_lib.gpu.glass.masked import blended, skipped
from course_lib.gpu.glass.matrices import Half, is_copy, is_matrix, statement
from course_lib.gpu.glass.operands import Operands
from course_lib.gpu.glass.program import PREDICATES, Program, c_register, hoisted, is_silent, limits, silent
from course_lib.gpu.glass.runs import Run
from course_lib.gpu.glass.spread import LONG
from course_lib.gpu.glass.syntax import Register
from course_lib.gpu.glass.waiting import ROUNDS


def fast_half(program: Program) -> str:
    """`struct fast_state` and `int fast(core, warp, state, spread_state)`: DONE, AT_BARRIER or WAITS."""
    return _Fast(program).half()


class _Fast:
    def __init__(self, program: Program):
        self.program, self.operands = program, Operands(program)
        self.text: list[str] = []
        self.resumes: dict[int, set] = {}  # block after a barrier -> registers alive there
        # block where lanes part, some to wait -> registers alive where they meet
        self.after_waiting: dict[int, set] = {}
        self.unsaved, self.unsaved_at_first = program.flow.unsaved()
        self.mask = ALL  # the lanes that run what is being written
        self.others: list[int] = []  # and where the others are

    def half(self) -> str:
        flow = self.program.flow
        for number, block in enumerate(flow.blocks):
            self.text.append(f"B{number}:; {self.program.profiled(f'RAN_FAST({number});')}")
            self.text.append(ran(self.program, number, "~0u"))
            for i, code in enumerate(self.program.runs.code[number]):
                if isinstance(code, Run):
                    self.text.append(code.fast(self.program))
                else:
                    self._statement(code, number)
                if i % LONGEST == LONGEST - 1:
                    self.text.append(f'asm goto("" :::: C{number}_{i}); C{number}_{i}:;')
            if block.instructions[-1].parts[0] not in ENDS_BLOCK:
                self.text.append(self._jump(number + 1, number))
        self.text.append(f"B{flow.exit}: return DONE; }}")
        short = sum(len(b.instructions) for b in flow.blocks) <= LONG
        # after each barrier it comes back here, and a call would cost as much as the code between two of them
        head = "INLINE" if self.resumes and short else "static __attribute__((noinline))"
        head += " int fast(struct core *c, struct warp *w, struct fast_state *F, struct spread_state *S) {"
        declarations = [f"{t} {n};" for t, n in self._variables(set(self.program.registers))]
        begin = [self.program.runs.at_home(), self._state(), head, hoisted(self.program)]
        return "\n".join([*begin, *declarations, *self._resume(), *self.text])

    def _variables(self, registers):
        mine = sorted(registers - self.program.runs.registers)
        return [variable for r in mine for variable in self.operands.variables(r)]

    def _state(self):
        alive = (*self.resumes.values(), *self.after_waiting.values())
        fields = {v for registers in alive for v in self._variables(registers)}
        return "struct fast_state { " + " ".join(f"{t} {n};" for t, n in sorted(fields)) + " int unused; };"

    def _resume(self):
        places = [(block, f"B{block}", registers) for block, registers in self.resumes.items()]
        places += [(self.program.flow.exit + 1 + at, f"P{at}", found) for at, found in self.after_waiting.items()]
        cases = [
            f"case {number}: {' '.join(f'{n} = F->{n};' for _, n in self._variables(registers))} goto {place};"
            for number, place, registers in places
        ]
        unwritten = self._variables(self.program.flow.live_in[0])
        begin = " ".join(f"memset(&{n}, 0xff, sizeof {n});" for _, n in unwritten)
        return [f"switch (w->resume) {{ default: {begin} goto B0;", *cases, "}"]

    def _statement(self, instruction, number):
        parts, operands = instruction.parts, instruction.operands
        if parts[0] == "bra":
            self._branch(instruction, number)
        elif parts[0] in ("ret", "exit"):
            self.text.append("return DONE;")
        elif parts[0] == "trap":
            self.text.append(f"fault(c, w, TRAPPED, {self.program.site(instruction)}, 0, 0, 0, 0);")
        elif instruction.opcode == "bar.warp.sync":
            if self.program.instrument == CHECK:
                members = self.operands.lanes(operands[0], 32)
                named = f"check_members(c, w, {self.program.site(instruction)}, &members, ~0u, 0);"
                self.text.append(f"{{ R members = {members}; {named} lanes_meet(c, w, &members, ~0u); }}")
            self.text.append(self._jump(number + 1, number))  # all lanes are here
        elif instruction.opcode == "arrive.named":
            which, count = map(self.operands.number, operands)
            self.text.append(f"arrives(c, w, {which}, {count}, 32, {self.program.site(instruction)}, 0);")
        elif parts[0] in ("bar", "barrier"):
            self._barrier(instruction, number)
        elif parts[0] == "counted":
            self.text += self.operands.assigned(operands[0], Sum(32, counted(instruction), {}))
        elif instruction.opcode in COLLECTIVES:
            self.text += collective(self.program, self.operands, instruction)
        elif is_matrix(instruction) or is_copy(instruction):
            limit = partial(limits, self.program)
            place = self.operands.variable
            half = Half(self.operands.lanes, lambda r, v: f"{c_register(r)} = {v};", "~0u", "", limit, place)
            self.text += statement(self.program, half, instruction)
        elif parts[0] in ("atom", "red"):
            self.text += atomic(self.program, self.operands, instruction, self.mask)
        elif parts[0] in ("ld", "st"):
            self.text += memory(self.program, self.operands, instruction, self.mask)
        elif is_silent(instruction):
            self.text += [fence(instruction, "~0u")] if self.program.instrument == CHECK else silent(instruction)
        elif parts[-1] == "pred":
            self._predicate(parts[0], operands)
        elif parts[0] == "cvta":
            self._cvta(instruction)
        elif operands[0] in self.program.lanes.tables and self.operands.kind(operands[0]) != VECTOR:
            self._known(operands[0])
        elif self.operands.is_linear(operands[0]) and not all(map(self.operands.uniform, operands[1:])):
            self._linear(instruction, number)
        else:
            self._operation(instruction)

    # ---- computing ----

    def _known(self, target):
        """A register that depends on threadIdx alone: each warp looks its base up."""
        if self.operands.kind(target).base is None:
            values = ", ".join(str(int(v)) for v in self.program.lanes.tables[target][:, 0])
            declared = f"static const u32 first[] = {{{values}}};"
            self.text.append(f"{{ {declared} {c_register(target)} = first[w->index]; }}")

    def _operation(self, instruction):
        first, *sources = instruction.operands
        target, _, second = first.partition("|")
        target, operands = Register(target), self.operands
        types = self.program.operation(instruction.opcode, "u").operands
        name, pairs = c_name(instruction.opcode), list(zip(sources, map(lane_bits, types), strict=True))
        vector = operands.kind(target) == VECTOR
        if not vector and operands.kind(target).literal:
            return
        if all(operands.uniform(s) for s in sources):
            value = f"{name}_u({', '.join(operands.scalar(s, b) for s, b in pairs)})"
            self.text += operands.assigned(target, Sum(operands.width(target), value, {}))
        else:
            self.program.operation(instruction.opcode, "v")
            value = f"{name}_v({', '.join(operands.lanes(s, b) for s, b in pairs)})"
            value = compared(instruction, operands, value, self.program)
            self.text.append(f"{c_register(target)} = {value};")
        if second and second != "_":
            self.text.append(f"{c_register(second)} = {'~' if vector else '!'}{c_register(target)};")

    def _predicate(self, name, operands):
        target, *sources = operands
        if self.operands.kind(target) == VECTOR:
            values, no = [f"({self.operands.lanes(s, 1)})" for s in sources], "~"
        elif self.operands.kind(target).literal:
            return
        else:
            values, no = [f"({self.operands.scalar(s, 32)} != 0)" for s in sources], "!"
        self.text.append(f"{c_register(target)} = {PREDICATES[name].format(*values, no=no)};")

    def _linear(self, instruction, number):
        """A result that is linear in the lane: its base and coefficients, as plain arithmetic on scalars."""
        target, sources = instruction.operands[0], instruction.operands[1:]
        sums = [self.operands.linear(s, source_bits(instruction, i)) for i, s in enumerate(sources)]
        result, guard = linear_sum(instruction, sums, self.program)
        if guard:
            again = self.program.profiled(f"NOT_RAN({number});")
            over = f"{again} {self._spill(number, *self.others)} S->pending[{number}] = {self.mask};"
            over += "".join(f" S->pending[{block}] |= ~{self.mask};" for block in self.others) + f" {_GIVE_UP}"
            self.text.append(f"{{ {guard} if (UNLIKELY(low < least || high > most)) {{ {over} }} }}")
        self.text += self.operands.assigned(target, result)

    def _cvta(self, instruction):
        """Generic addresses are the host's: shared memory begins at c->shared, a lane's local arrays in its frame."""
        (target, source), parts = instruction.operands, instruction.parts
        sign, shared = "-" if "to" in parts else "+", "shared" in parts
        if "local" in parts:
            move = "minus64" if "to" in parts else "plus64"
            lanes = f"{move}({self.operands.lanes(source, 64)}, local_frames(c, w, LOCAL))"
            self.text.append(f"{c_register(target)} = {lanes};")
        elif self.operands.kind(target) == VECTOR:
            lanes = self.operands.lanes(source, 64)
            lanes = f"plus64({lanes}, splat64({sign}(u64)c->shared))" if shared else lanes
            self.text.append(f"{c_register(target)} = {lanes};")
        else:
            value = self.operands.linear(source, 64)
            base = f"{value.base} {sign} (u64)c->shared" if shared else value.base
            self.text += self.operands.assigned(target, Sum(64, base, value.coefficients))

    # ---- control ----

    def _jump(self, target, number):
        if target > number:
            return f"goto B{target};"
        turn, line = "", self.program.flow.blocks[number].instructions[-1].line
        if number in self.program.waits:  # memory may have changed since the last round, and others want their turn
            self.resumes[target] = self.program.flow.live_in[target]
            leave = f"{self._saves(self.resumes[target])} w->resume = {target}; return WAITS;"
            leave = f"w->rounds = 0; w->line = {line}; {leave}"
            turn = f"__atomic_thread_fence(__ATOMIC_ACQ_REL); if (++w->rounds >= {ROUNDS}) {{ {leave} }} "
        return f"{turn}CHECK_STOP({line}, 0) goto B{target};"

    def _saves(self, registers):
        return " ".join(f"F->{n} = {n};" for _, n in self._variables(registers))

    def _branch(self, instruction, number):
        target, following = self.program.flow.target(instruction), number + 1
        if instruction.guard is None:
            self.text.append(self._jump(target, number))
            return
        predicate, negated = instruction.guard
        if self.operands.kind(predicate) != VECTOR:
            test = f"{'!' if negated else ''}{self.operands.scalar(predicate, 32)}"
            self.text.append(f"if ({test}) {{ {self._jump(target, number)} }} {self._jump(following, number)}")
            return
        self.text.append(f"{{ u32 taken = {'~' if negated else ''}{c_register(predicate)};")
        between = skipped(self.program, number)
        self.text.append(f"if (taken == ~0u) {{ {self._jump(target, number)} }}")
        if between:
            self._skip(number, between)
            return
        self.text.append(f"if (!taken) goto B{following};")
        self._part(number, {target: "taken", following: "~taken"})

    def _skip(self, number, between):
        """Lanes skip a few blocks; the others run them here."""
        flow, meets = self.program.flow, self.program.flow.meets_at[number]
        code = [(b, i) for b in between for i in flow.blocks[b].instructions]
        if any(row_length(self.operands, access(i)) is not None for _, i in code if i.parts[0] in ("ld", "st")):
            self.text.append(f"if (!taken) goto B{number + 1};")
        self.text.append("u32 m = ~taken;")
        for block, instruction in code:
            whole, self.text, self.mask, self.others = self.text, [], "m", [meets]
            self._statement(instruction, block)
            text, self.text, self.mask, self.others = self.text, whole, ALL, []
            self.text += blended(self.operands, instruction, text, flow.live_in[meets])
        self.text.append(f"goto B{meets}; }}")

    def _part(self, number, sides):
        """The lanes take two ways: the other half runs them, and this one goes on if all of them meet again."""
        flow = self.program.flow
        self.text.append(self.program.profiled(f"PARTS({number});"))
        pending = [f"S->pending[{block}] |= {mask};" for block, mask in sides.items() if block != flow.exit]
        if not flow.comes_back(number):
            self.text += [self._spill(*sides), *pending, f"{_GIVE_UP} }}"]
            return
        meets, between = flow.meets_at[number], flow.region(number)
        waits = between & self.program.waits
        touched = flow.used_in(between) | flow.defined_in(between)  # the rest stays here: all lanes come back for it
        self.text += [self._spill(*sides, only=None if waits else touched), *pending]
        self.text.append(f"int status = spread(c, w, S, {meets});")
        if waits:
            self.after_waiting[number] = flow.live_in[meets]
            leave = f"{self._saves(flow.live_in[meets])} w->resume = {flow.exit + 1 + number}; return WAITS;"
            self.text.append(f"if (status == WAITS && !w->spread) {{ {leave} }}")
        self.text.append(f"if (status != MET) return status; {f'P{number}:;' * (number in self.after_waiting)}")
        written = flow.defined_in(between) & flow.live_in[meets] - self.program.runs.registers
        vectors = sorted(r for r in written if self.operands.kind(r) == VECTOR)
        self.text += [f"{c_register(r)} = S->{c_register(r)};" for r in vectors]
        self.text.append(f"goto B{meets}; }}")

    def _spill(self, *blocks, only=None):
        alive = set().union(*(self.program.flow.live_in[b] for b in blocks)) - self.program.runs.registers
        return self.operands.spilled(alive if only is None else alive & only)

    def _barrier(self, instruction, number):
        if self.program.names_barriers:
            which = ", ".join(map(self.operands.number, which_barrier(instruction)))
            self.text.append(f"wait_at(w, {which}, {self.program.site(instruction)});")
        if self.program.instrument == CHECK:
            self.text.append(f"w->site = {self.program.site(instruction)}; w->here = ~0u;")
        if instruction.opcode == "bar.count":
            self.text.append(f"vote(c, w, {self.operands.lanes(instruction.operands[-1], 1)}, ~0u);")
        alive = self.program.flow.live_in[number + 1]
        self.resumes[number + 1] = alive
        written, before = self.unsaved[number] | self.program.flow.defined_in([number]), self.unsaved_at_first[number]
        once = alive & before - written
        if self.program.waits:  # then it may have come back elsewhere
            written, once = written | before, ()
        first = f"if (!w->resume) {{ {self._saves(once)} }}" if once else ""
        self.text.append(f"{first} {self._saves(alive & written)} w->resume = {number + 1}; return AT_BARRIER;")


LONGEST = 64  # instructions before a jump to the next one: gcc's time grows with the square of a stretch without jumps
_GIVE_UP = "w->spread = 1; return spread(c, w, S, -1);"  # for the rest of this warp's life
