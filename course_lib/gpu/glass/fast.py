"""The half of a kernel's C for warps whose 32 lanes all take the same path: uniform and linear registers are scalars.

Where lanes part it hands its registers to spread.py's half, and goes on where they meet again.
"""

from course_lib.gpu.glass import lanes as kinds
from course_lib.gpu.glass.access import access
from course_lib.gpu.glass.definitions import c_name, register_bits
from course_lib.gpu.glass.lanes import VECTOR, Linear
from course_lib.gpu.glass.linear import Sum, linear_sum
from course_lib.gpu.glass.program import LOCAL_BIAS, Program, c_register, constant
from course_lib.gpu.glass.ptx import Register, Special
from course_lib.gpu.glass.spread import SPECIALS, check_known, hoisted, limits, parameter


class Fast:
    """Emits `struct fast_state` and `int fast(core, warp, state, spread_state)`."""

    def __init__(self, program: Program):
        self.program = program
        self.text: list[str] = []
        self.resumes: dict[int, set] = {}  # block after a barrier -> registers alive there

    def half(self) -> str:
        flow = self.program.flow
        for number, block in enumerate(flow.blocks):
            self.text.append(f"B{number}:;")
            for instruction in block.instructions:
                self._statement(instruction, number)
            if block.instructions[-1].parts[0] not in ("bra", "ret", "exit", "trap", "bar", "barrier"):
                self.text.append(self._jump(number + 1, number))
        self.text.append(f"B{flow.exit}: return DONE; }}")
        head = "static int fast(struct core *c, struct warp *w, struct fast_state *F, struct spread_state *S) {"
        resume = ["switch (w->resume) { default: goto B0;"]
        for block, registers in self.resumes.items():
            resume.append(
                f"case {block}: {' '.join(f'{n} = F->{n};' for _, n in self._scalars(registers))} goto B{block};"
            )
        return "\n".join([self._state(), head, hoisted(self.program), *self._declarations(), *resume, "}", *self.text])

    # ---- variables ----

    def kind(self, operand):
        return self.program.lanes.of(operand)

    def width(self, register) -> int:
        width = self.program.kernel.width(register)
        return 1 if width == 1 else 64 if width == 64 else 32

    def _variables(self, register):
        """(C type, name) of every variable behind a register; literal parts need none."""
        kind, name, width = self.kind(register), c_register(register), self.width(register)
        scalar = {1: "u32", 32: "u32", 64: "u64"}[width]
        if kind == VECTOR:
            return [({1: "u32", 32: "R", 64: "L"}[width], name)]
        base = [] if kind.base is not None else [(scalar, name)]
        return base + [(scalar, f"{name}_k{self.program.pattern(p)}") for p, c in kind.coefficients if c is None]

    def _scalars(self, registers):
        return [v for r in sorted(registers) for v in self._variables(r)]

    def _declarations(self):
        return [f"{t} {n};" for t, n in self._scalars(self.program.registers)]

    def _state(self):
        fields = {v for registers in self.resumes.values() for v in self._scalars(registers)}
        return "struct fast_state { " + " ".join(f"{t} {n};" for t, n in sorted(fields)) + " int unused; };"

    # ---- operands ----

    def scalar(self, operand, bits) -> str:
        """A uniform operand as a C expression of that many bits (1: a truth value)."""
        if isinstance(operand, Register):
            kind = self.kind(operand)
            return c_register(operand) if kind.base is None else constant(kind.base, bits)
        literal = self.program.literal(operand)
        if literal is not None:
            return constant(literal, bits)
        if operand in SPECIALS:
            return SPECIALS[operand]
        if isinstance(operand, Special) and operand.startswith("%tid."):
            return f"((const u32 *)&c->tid_{operand[-1]}[w->index])[0]"
        raise self.program.unsupported_operand(operand)

    def linear(self, operand, bits) -> Sum:
        """A uniform or linear operand as base and coefficients in C."""
        kind = self.kind(operand)
        if isinstance(operand, Special) and not kind.uniform:
            base = self.scalar(operand, bits) if kind.base is None else constant(kind.base, bits)
            return Sum(bits, base, {self.program.pattern(p): c for p, c in kind.coefficients})
        if kind.uniform:
            return Sum(bits, self.scalar(operand, bits), {})
        name = c_register(operand)
        base = name if kind.base is None else constant(kind.base, bits)
        coefficients = {
            (k := self.program.pattern(p)): f"{name}_k{k}" if c is None else c for p, c in kind.coefficients
        }
        return Sum(bits, base, coefficients)

    def lanes(self, operand, bits) -> str:
        """Any operand as 32 lanes (1 bit: a mask)."""
        kind = self.kind(operand)
        if kind == VECTOR:
            if isinstance(operand, Special):
                return f"c->tid_{operand[-1]}[w->index]"
            return c_register(operand)
        if bits == 1:
            return f"-(u32)({self.scalar(operand, 32)} != 0)"
        return self.linear(operand, bits).lanes()

    # ---- statements ----

    def _statement(self, instruction, number):
        parts, operands = instruction.parts, instruction.operands
        if parts[0] == "bra":
            self._branch(instruction, number)
        elif parts[0] in ("ret", "exit"):
            self.text.append("return DONE;")
        elif parts[0] == "trap":
            self.text.append(f"fault(c, w, TRAPPED, {self.program.site(instruction)}, 0, 0, 0);")
        elif parts[0] in ("bar", "barrier"):
            self._barrier(number)
        elif parts[0] in ("ld", "st"):
            self._memory(instruction, number)
        elif parts[0] in ("membar", "fence", "prefetch", "prefetchu"):
            return
        elif parts[-1] == "pred":
            self._predicate(parts[0], operands)
        elif parts[0] == "cvta":
            self._cvta(instruction)
        elif self._has_pattern(operands[0]):
            self._linear(instruction, number)
        else:
            self._operation(instruction)

    def _has_pattern(self, target):
        kind = self.kind(Register(target.partition("|")[0]))
        return kind != VECTOR and not kind.uniform

    def _operation(self, instruction):
        target, *sources = instruction.operands
        target, _, second = target.partition("|")
        target = Register(target)
        types = self.program.operation(instruction.opcode, "u", instruction).operands
        bits = [1 if t == "pred" else register_bits(t) for t in types]
        name, pairs = c_name(instruction.opcode), list(zip(sources, bits, strict=True))
        if all(self.kind(s) != VECTOR and self.kind(s).uniform for s in sources):
            if self.kind(target) != VECTOR and self.kind(target).literal:
                return
            value = f"{name}_u({', '.join(self.scalar(s, b) for s, b in pairs)})"
            if self.kind(target) == VECTOR:
                value = f"-(u32){value}" if self.width(target) == 1 else f"splat{self.width(target)}({value})"
        else:
            self.program.operation(instruction.opcode, "v", instruction)
            value = f"{name}_v({', '.join(self.lanes(s, b) for s, b in pairs)})"
        self.text.append(f"{c_register(target)} = {value};")
        if second and second != "_":
            complement = "!" if self.kind(target) != VECTOR else "~"
            self.text.append(f"{c_register(second)} = {complement}{c_register(target)};")

    def _predicate(self, name, operands):
        target, *sources = operands
        if self.kind(target) == VECTOR:
            x, *rest = (self.lanes(s, 1) for s in sources)
            value = {
                "mov": "{0}",
                "not": "~({0})",
                "and": "({0}) & ({1})",
                "or": "({0}) | ({1})",
                "xor": "({0}) ^ ({1})",
            }[name]
        else:
            if self.kind(target).literal:
                return
            x, *rest = (f"({self.scalar(s, 32)} != 0)" for s in sources)
            value = {"mov": "{0}", "not": "!{0}", "and": "{0} & {1}", "or": "{0} | {1}", "xor": "{0} ^ {1}"}[name]
        self.text.append(f"{c_register(target)} = {value.format(x, *rest)};")

    def _linear(self, instruction, number):
        """A result that is linear in the lane: its base and coefficients, as plain arithmetic on scalars."""
        target, sources = instruction.operands[0], instruction.operands[1:]
        table = self.program.lanes.tables.get(target)
        if table is not None:  # known for every thread already
            if self.kind(target).base is None:
                values = ", ".join(str(int(v)) for v in table[:, 0])
                self.text.append(
                    f"{{ static const u32 first[] = {{{values}}}; {c_register(target)} = first[w->index]; }}"
                )
            return
        result, guard = linear_sum(
            instruction,
            [self.linear(s, self._source_bits(instruction, i)) for i, s in enumerate(sources)],
            self.program,
        )
        if guard:
            self.text.append(
                f"{{ {guard} if (UNLIKELY(low < least || high > most)) {{ {self._spill(number)} S->pending[{number}] = ~0u; w->spread = 1; return spread(c, w, S, -1); }} }}"
            )
        self._assign(target, result)

    def _source_bits(self, instruction, position):
        wide = instruction.parts[0] in ("mul", "mad") and "wide" in instruction.parts and position < 2
        widens = instruction.parts[0] == "cvt" and instruction.parts[-1][1:] == "32"
        if wide or widens or (instruction.parts[0] == "shl" and position == 1):
            return 32
        return 64 if instruction.parts[-1][1:] == "64" or "wide" in instruction.parts else 32

    def _assign(self, target, value: Sum):
        """Coefficients first: they may need the old base, and the base never needs them."""
        kind, name = self.kind(target), c_register(target)
        for pattern, coefficient in kind.coefficients:
            if coefficient is None:
                k = self.program.pattern(pattern)
                self.text.append(f"{name}_k{k} = {value.coefficient(k)};")
        if kind.base is None:
            self.text.append(f"{name} = {value.base};")

    def _cvta(self, instruction):
        target, source = instruction.operands
        away = "to" in instruction.parts
        add = "(u64)c->shared" if "shared" in instruction.parts else ""
        if "local" in instruction.parts:
            if away:
                raise self.program.unsupported(instruction)
            self.text.append(f"{c_register(target)} = plus64({self.lanes(source, 64)}, local_frames(c, w, LOCAL));")
        elif self.kind(target) == VECTOR:
            lanes = self.lanes(source, 64)
            sign = "-" if away else ""
            self.text.append(f"{c_register(target)} = {f'plus64({lanes}, splat64({sign}{add}))' if add else lanes};")
        else:
            value = self.linear(source, 64)
            base = f"{value.base} {'-' if away else '+'} {add}" if add else value.base
            self._assign(target, Sum(64, base, value.coefficients))

    # ---- control ----

    def _jump(self, target, number):
        stop = "CHECK_STOP " if target <= number else ""
        return f"{stop}goto B{target};"

    def _branch(self, instruction, number):
        target, following = self.program.flow.target(instruction), number + 1
        if instruction.guard is None:
            self.text.append(self._jump(target, number))
            return
        predicate, negated = instruction.guard
        if self.kind(predicate) != VECTOR:
            test = f"{'!' if negated else ''}{self.scalar(predicate, 32)}"
            self.text.append(f"if ({test}) {{ {self._jump(target, number)} }} {self._jump(following, number)}")
            return
        flow, name = self.program.flow, c_register(predicate)
        self.text.append(
            f"{{ u32 taken = {'~' if negated else ''}{name}; if (taken == ~0u) {{ {self._jump(target, number)} }} if (!taken) goto B{following};"
        )
        self.text.append(self._spill(target, following))
        for block, mask in ((target, "taken"), (following, "~taken")):
            if block != flow.exit:
                self.text.append(f"S->pending[{block}] |= {mask};")
        if flow.comes_back(number):
            meets = flow.meets_at[number]
            self.text.append(f"int status = spread(c, w, S, {meets}); if (status != MET) return status;")
            written = flow.defined_in(flow.region(number)) & flow.live_in[meets]
            self.text += [f"{c_register(r)} = S->{c_register(r)};" for r in sorted(written) if self.kind(r) == VECTOR]
            self.text.append(f"goto B{meets}; }}")
        else:
            self.text.append("w->spread = 1; return spread(c, w, S, -1); }")

    def _spill(self, *blocks):
        """Every register alive at the start of these blocks, as lanes in S."""
        alive = set().union(*(self.program.flow.live_in[b] for b in blocks if b != self.program.flow.exit))
        return " ".join(f"S->{c_register(r)} = {self.lanes(r, self.width(r))};" for r in sorted(alive))

    def _barrier(self, number):
        following = number + 1
        alive = self.program.flow.live_in[following] if following != self.program.flow.exit else set()
        self.resumes[following] = alive
        saves = " ".join(f"F->{n} = {n};" for _, n in self._scalars(alive))
        self.text.append(f"{saves} w->resume = {following}; return AT_BARRIER;")

    # ---- memory ----

    def _memory(self, instruction, number):
        found = access(instruction)
        if found.space == "param":
            for j, register in enumerate(found.registers):
                if register != "_":
                    self._receive(register, parameter(self.program, found, j))
            return
        check_known(self.program, instruction, found)
        root = self.program.root(found)
        site = self.program.site(instruction, root)
        first, count = limits(self.program, root, found.size)
        kind = self.kind(found.address.base) if isinstance(found.address.base, Register) else Linear(0)
        width = 0 if kind == VECTOR or kind.uniform else kinds.row_width([p for p, _ in kind.coefficients])
        if found.space == "local" or kind == VECTOR or (not kind.uniform and (width < 4 or found.element < 4)):
            self._access_lanes(found, site, first, count)
        elif kind.uniform:
            self._access_uniform(found, site, first, count)
        else:
            self._access_rows(found, site, first, count, kind, width)

    def _host(self, found, base):
        """A scalar address of the space as one of the host."""
        base = base if self._base_bits(found) == 64 else f"(u64)(u32)({base})"
        space = {"shared": "(u64)c->shared + ", "local": ""}.get(found.space, "")
        bias = LOCAL_BIAS if found.space == "local" else 0
        return f"{space}{base} + {constant(found.address.offset + bias, 64)}"

    def _base_bits(self, found):
        base = found.address.base
        return self.width(base) if isinstance(base, Register) else 64

    def _base(self, found) -> Sum:
        base = found.address.base
        if isinstance(base, Register):
            return self.linear(base, self._base_bits(found))
        literal = 0 if base is None else self.program.literal(base)
        if literal is None:
            raise self.program.unsupported_operand(base)
        return Sum(64, constant(literal, 64), {})

    def _receive(self, register, value):
        """A loaded scalar into a register of any kind."""
        if self.kind(register) == VECTOR:
            value = f"splat{self.width(register)}({value})"
        self.text.append(f"{c_register(register)} = {value};")

    def _check(self, site, address, step, width, lane, first, count, size):
        if first == "0":
            return f"check_open(c, w, {site}, {address}, {step}, {width}, {lane}, {size});"
        if width == 1:
            return f"check(c, w, {site}, {address}, {first}, {count}, {size});"
        return f"check_row(c, w, {site}, {address}, {step}, {width}, {lane}, {first}, {count}, {size});"

    def _access_uniform(self, found, site, first, count):
        self.text.append(
            f"{{ u64 a = {self._host(found, self._base(found).base)}; {self._check(site, 'a', '0', 1, 0, first, count, found.size)}"
        )
        for j, register in enumerate(found.registers):
            place, bits = f"*({found.type} *)(a + {j * found.element})", 64 if found.element == 8 else 32
            if found.loads and register != "_":
                wide = "u64" if self.width(register) == 64 else "u32"
                self._receive(register, f"({wide}){place}")
            elif not found.loads and self.kind(register) != VECTOR and self.kind(register).uniform:
                self.text.append(f"{place} = ({found.type}){self.scalar(register, bits)};")
            elif not found.loads:  # all lanes write one place: the last one is seen to win
                value = self.lanes(register, self._data_bits(register, found))
                self.text.append(
                    f"{{ {'L' if self._data_bits(register, found) == 64 else 'R'} x = {value}; {place} = ({found.type})((u{self._data_bits(register, found)} *)&x)[31]; }}"
                )
        self.text.append("}")

    def _data_bits(self, register, found):
        return self.width(register) if isinstance(register, Register) else (64 if found.element == 8 else 32)

    def _access_rows(self, found, site, first, count, kind, width):
        base = self._base(found)
        rows = [self._host(found, base.at_lane(self.program.patterns, lane)) for lane in range(0, 32, width)]
        step = base.step(self.program.patterns, width)
        self.text.append(f"{{ u64 a[{len(rows)}] = {{{', '.join(rows)}}}; s64 step = {step};")
        for i in range(len(rows)):
            self.text.append(self._check(site, f"a[{i}]", "step", width, i * width, first, count, found.size))
        bits = 8 * found.element
        for j, register in enumerate(found.registers):
            rows_j = "a"
            if j:
                self.text.append(
                    f"u64 a{j}[{len(rows)}] = {{{', '.join(f'a[{i}] + {j * found.element}' for i in range(len(rows)))}}};"
                )
                rows_j = f"a{j}"
            if not found.loads:
                self.text.append(f"store_rows{bits}({rows_j}, {width}, step, {self.lanes(register, bits)});")
            elif register != "_":
                self.text.append(f"{c_register(register)} = load_rows{bits}({rows_j}, {width}, step);")
        self.text.append("}")

    def _access_lanes(self, found, site, first, count):
        self.program.loaded.add(found.type)
        base = found.address.base
        if isinstance(base, Register):
            lanes = self.lanes(base, self.width(base))
            lanes = lanes if self.width(base) == 64 else f"widen32({lanes})"
        else:
            lanes = f"splat64({self._base(found).base})"
        shift = {
            "shared": f"(u64)c->shared + {constant(found.address.offset, 64)}",
            "local": constant(found.address.offset + LOCAL_BIAS, 64),
        }
        shift = shift.get(found.space, constant(found.address.offset, 64))
        self.text.append(
            f"{{ L a = plus64({lanes}, splat64({shift})); check_lanes(c, w, {site}, &a, ~0u, {first}, {count}, {found.size});"
        )
        if found.space == "local":
            self.text.append(f"a = plus64(a, plus64(local_frames(c, w, LOCAL), splat64({constant(-LOCAL_BIAS, 64)})));")
        for j, register in enumerate(found.registers):
            if register == "_":
                continue
            bits = self._data_bits(register, found)
            value = "" if found.loads else f" = {self.lanes(register, bits)}"
            verb = f"{'load' if found.loads else 'store'}_{found.type}_{bits}"
            self.text.append(f"{{ {'L' if bits == 64 else 'R'} x{value}; {verb}(&x, &a, {j * found.element}, ~0u);")
            self.text.append(f"{c_register(register)} = x; }}" if found.loads else "}")
        self.text.append("}")


def fast_half(program: Program) -> str:
    return Fast(program).half()
