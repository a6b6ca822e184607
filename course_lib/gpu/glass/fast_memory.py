"""Loads and stores of the fast half: one scalar access, a few rows, or 32 lanes, by the kind of the address."""

import numpy as np

from course_lib.gpu.glass.access import Access, Root, access
from course_lib.gpu.glass.checked import judged
from course_lib.gpu.glass.collective import atomic_name
from course_lib.gpu.glass.definitions import c_name
from course_lib.gpu.glass.fast_counting import fast_count, fast_mark
from course_lib.gpu.glass.instrument import CHECK, PROFILE
from course_lib.gpu.glass.known import is_weak
from course_lib.gpu.glass.lanes import VECTOR, Linear, row_width
from course_lib.gpu.glass.linear import Sum
from course_lib.gpu.glass.operands import Operands
from course_lib.gpu.glass.program import LOCAL_BIAS, Program, c_register, constant, limits, parameter
from course_lib.gpu.glass.syntax import Register

ALL = "~0u"


def memory(program: Program, operands: Operands, instruction, mask: str = ALL) -> list[str]:
    """The C of one `ld` or `st`. mask: the lanes that do it."""
    found = access(instruction)
    if found.space == "param":
        values = ((r, parameter(program, found, j)) for j, r in enumerate(found.registers) if r != "_")
        return [text for r, value in values for text in operands.assigned(r, Sum(operands.width(r), value, {}))]
    root = program.root(found)
    known = program.known.of(instruction) if program.known else None
    site = known.site if known else program.site(instruction, root)
    writer = _Writer(program, operands, found, root, site, instruction)
    if program.known and known is None:
        if not (found.loads and program.known.constant(root) and is_weak(instruction)):
            return writer.checked()
        writer.constant = True
    width = row_length(operands, found)
    if mask != ALL:
        return writer.masked(width, mask)
    return writer.lanes() if width is None else writer.rows(width) if width else writer.uniform()


def row_length(operands: Operands, found: Access) -> int | None:
    """How the addresses of 32 lanes lie: in rows of so many; 0: all in one place; None: anyhow."""
    kind = operands.kind(found.address.base) if isinstance(found.address.base, Register) else Linear(0)
    if kind == VECTOR or found.space == "local":
        return None
    if kind.uniform:
        return 0
    width = row_width([pattern for pattern, _ in kind.coefficients])
    same_size = all(_bits(operands, found, r) == 8 * found.element for r in found.registers)
    return width if width >= 4 and same_size and found.element >= 4 else None


def _bits(operands, found, register) -> int:
    return operands.width(register) if isinstance(register, Register) else max(32, 8 * found.element)


def atomic(program: Program, operands: Operands, instruction, mask: str = ALL) -> list[str]:
    """The C of one `atom` or `red`: always lane by lane, as the lanes may meet in one place."""
    found, name = access(instruction), atomic_name(instruction)
    program.atomics.add(name)
    root = program.root(found)
    return _Writer(program, operands, found, root, program.site(instruction, root), instruction).atomic(name, mask)


class _Writer:
    """The shapes of one access."""

    def __init__(self, program, operands, found: Access, root: Root | None, site: int, instruction):
        self.program, self.operands, self.found, self.root, self.site = program, operands, found, root, site
        self.instruction = instruction
        self.first, self.count = limits(program, root, found.size)
        self.constant = False  # whether it is a checked kernel's load of an array that the kernel does not write

    def bits(self, register) -> int:
        return _bits(self.operands, self.found, register)

    def uniform(self) -> list[str]:
        found, operands = self.found, self.operands
        text = [f"{{ u64 a = {self._host(self._base().base)};", *self._begun(self._check("a", "0", 1, 0))]
        text += self._counted("a", "uniform")
        for j, register in enumerate(found.registers):
            place, bits = f"*({found.type} *)(a + {j * found.element})", self.bits(register)
            if found.loads and register != "_":
                text += operands.assigned(register, Sum(bits, f"(u{bits}){place}", {}))
            elif not found.loads and operands.uniform(register):
                text.append(f"{place} = ({found.type}){operands.scalar(register, bits)};")
            elif not found.loads:  # all lanes write one place: the last one is seen to win
                lanes = f"{'L' if bits == 64 else 'R'} x = {operands.lanes(register, bits)};"
                text.append(f"{{ {lanes} {place} = ({found.type})((u{bits} *)&x)[31]; }}")
        return [*text, *self._ended()]

    def rows(self, width: int) -> list[str]:
        found, base, patterns = self.found, self._base(), self.program.patterns
        rows = [self._host(base.at_lane(patterns, lane)) for lane in range(0, 32, width)]
        text = [f"{{ u64 a[{len(rows)}] = {{{', '.join(rows)}}}; s64 step = {base.step(patterns, width)};"]
        distinct = [i for i, row in enumerate(rows) if row not in rows[:i]]
        text += self._begun(*(self._check(f"a[{i}]", "step", width, i * width) for i in distinct))
        text += self._counted("a[0]", "rows", distinct, width)
        bits = 8 * found.element
        words = self._words() if found.loads and len(found.registers) > 1 else None
        if words is not None:
            size = int(words.max()) + len(found.registers)
            for j, register in enumerate(found.registers):
                pattern = self.program.pattern(tuple((words + j).tolist()))
                if register != "_":
                    start = f"a[0] - {4 * words[0]}"
                    text.append(f"{c_register(register)} = pick32({start}, {size}, K{pattern});")
            return [*text, *self._ended()]
        for j, register in enumerate(found.registers):
            if j:
                text.append(" ".join(f"a[{i}] += {found.element};" for i in range(len(rows))))
            if not found.loads:
                text.append(f"store_rows{bits}(a, {width}, step, {self.operands.lanes(register, bits)});")
            elif register != "_":
                text.append(f"{c_register(register)} = load_rows{bits}(a, {width}, step);")
        return [*text, *self._ended()]

    def _words(self) -> np.ndarray | None:
        """How many words each lane's address is from the lowest one, if a vector or a few hold all that is loaded."""
        kind = self.operands.kind(self.found.address.base)
        if self.found.element != 4 or not all(c is not None for _, c in kind.coefficients):
            return None
        steps = sum((c * np.asarray(pattern) for pattern, c in kind.coefficients), np.zeros(32, int))
        words = (steps - steps.min()) // 4
        return words if words.max() + len(self.found.registers) in (16, 32, 64) else None

    def lanes(self) -> list[str]:
        found = self.found
        self.program.loaded.add(found.type)
        check = f"check_lanes(c, w, {self.site}, &a, ~0u, {self.first}, {self.count}, {found.size});"
        if self.constant:
            check = f"!lanes_outside(&a, {self.first}, {self.count}, {found.size})"
        text = [f"{{ L a = {self._address_lanes()};", *self._begun(check)]
        text += self._counted("((const u64 *)&a)[0]", "lanes")
        if found.space == "local":
            text.append(f"a = plus64(a, plus64(local_frames(c, w, LOCAL), splat64({constant(-LOCAL_BIAS, 64)})));")
        for j, register in enumerate(found.registers):
            if register == "_":
                continue
            bits = self.bits(register)
            value = "" if found.loads else f" = {self.operands.lanes(register, bits)}"
            verb = f"{'load' if found.loads else 'store'}_{found.type}_{bits}"
            text.append(f"{{ {'L' if bits == 64 else 'R'} x{value}; {verb}(&x, &a, {j * found.element}, ~0u);")
            text.append(f"{c_register(register)} = x; }}" if found.loads else "}")
        return [*text, *self._ended()]

    def masked(self, width: int | None, mask: str) -> list[str]:
        """Only the lanes in the mask: one by one, but all 32 at once where the others do no harm."""
        found, inside = self.found, self._surely_inside()
        self.program.loaded.add(found.type)
        check = f"check_lanes(c, w, {self.site}, &a, {mask}, {self.first}, {self.count}, {found.size});"
        text = [f"{{ L a = {self._address_lanes()}; {'' if inside else check}"]
        if found.space == "local":
            text.append(f"a = plus64(a, plus64(local_frames(c, w, LOCAL), splat64({constant(-LOCAL_BIAS, 64)})));")
        for j, register in enumerate(found.registers):
            if register == "_":
                continue
            bits, lanes = self.bits(register), "L" if self.bits(register) == 64 else "R"
            move = f"{'load' if found.loads else 'store'}_{found.type}_{bits}(&x, &a, {j * found.element}, {mask});"
            value = "" if found.loads else f" = {self.operands.lanes(register, bits)}"
            first = f"((const u{bits} *)&x)[__builtin_ctz({mask})]"
            vector = found.loads and self.operands.kind(register) == VECTOR
            took = [f"{c_register(register)} = x;"] if vector else []
            if found.loads and not vector:
                took = self.operands.assigned(register, Sum(bits, first, {}))
            text += [f"{{ {lanes} x{value}; {move}", *took, "}"]
        whole = found.loads or (
            found.space == "shared" and width == 32
        )  # in shared memory no other core writes meanwhile
        if not width or len(found.registers) > 1 or found.registers == ("_",) or self.root is None or not whole:
            return [*text, "}"]
        base, patterns = self._base(), self.program.patterns
        rows = [self._host(base.at_lane(patterns, lane)) for lane in range(0, 32, width)]
        fits = (
            []
            if inside
            else [
                f"row_fits(a[{i}], step, {width}, {self.first}, {self.count}, {found.size})" for i in range(len(rows))
            ]
        )
        bits, register = 8 * found.element, found.registers[0]
        if found.loads:
            move = f"{c_register(register)} = load_rows{bits}(a, {width}, step);"
        else:
            fits.append("step")
            value = f"choose{bits}({mask}, {self.operands.lanes(register, bits)}, load_rows{bits}(a, {width}, step))"
            move = f"store_rows{bits}(a, {width}, step, {value});"
        head = f"{{ u64 a[{len(rows)}] = {{{', '.join(rows)}}}; s64 step = {base.step(patterns, width)};"
        return [head, f"if ({' && '.join(fits) or 1}) {{ {move} }} else", *text, "} }"]

    def checked(self) -> list[str]:
        """Lane by lane, and only those whose address is inside."""
        found, program = self.found, self.program
        program.loaded.add(found.type)
        text, one = [f"{{ L a = {self._address_lanes()};"], len(found.registers) == 1 and not found.loads
        bits = [self.bits(r) for r in found.registers]
        if one:
            text.append(f"{'L' if bits[0] == 64 else 'R'} x = {self.operands.lanes(found.registers[0], bits[0])};")
        text.append(judged(program, self.instruction, found, self.site, "~0u", "&x" if one else ""))
        for j, (register, b) in enumerate(zip(found.registers, bits, strict=True)):
            if register == "_":
                continue
            verb = f"{'load' if found.loads else 'store'}_{found.type}_{b}"
            move = f"{verb}(&x, &a, {j * found.element}, good);"
            if one:
                text.append(move)
            elif not found.loads:
                text.append(f"{{ {'L' if b == 64 else 'R'} x = {self.operands.lanes(register, b)}; {move} }}")
            else:
                value = "x" if self.operands.kind(register) == VECTOR else f"((const u{b} *)&x)[0]"
                loaded = f"{'L' if b == 64 else 'R'} x = splat{b}(0); {move}"
                text.append(f"{{ {loaded} {c_register(register)} = {value}; }}")
        return [*text, "}"]

    def atomic(self, name: str, mask: str) -> list[str]:
        found, bits, instruction = self.found, max(32, 8 * self.found.element), self.instruction
        lanes, values = "L" if bits == 64 else "R", [self.operands.lanes(r, bits) for r in found.registers]
        check = f"check_lanes(c, w, {self.site}, &a, {mask}, {self.first}, {self.count}, {found.size});"
        if self.program.instrument == CHECK:
            check, mask = judged(self.program, instruction, found, self.site, "~0u"), "good"
        text = [f"{{ L a = {self._address_lanes()}; {check}", f"{lanes} v = {{}}, y = {values[0]}, z = {values[-1]};"]
        text += self._counted("((const u64 *)&a)[0]", "lanes")
        text.append(f"atomic_{c_name(name)}(c, &v, &a, &y, &z, {mask});")
        if instruction.parts[0] == "atom" and instruction.operands[0] != "_":
            text.append(f"{c_register(instruction.operands[0])} = v;")
        return [*text, "}"]

    def _counted(self, first, how, rows=(), width=0) -> list[str]:
        if self.program.instrument != PROFILE:
            return []
        place = (self.site, self.program.home(self.instruction))
        count = fast_count(self.program, self.operands, self.found, self.root, place, first)
        return [count, fast_mark(self.program, self.found, self.root, how, rows, width)]

    def _base(self) -> Sum:
        base = self.found.address.base
        if isinstance(base, Register):
            return self.operands.linear(base, self.operands.width(base))
        literal = 0 if base is None else self.program.literal(base)
        return Sum(64, self.program.symbol(base) if literal is None else constant(literal, 64), {})

    def _host(self, value: str) -> str:
        """A scalar address of the space as one of the host."""
        base = self.found.address.base
        if isinstance(base, Register) and self.operands.width(base) == 32:
            value = f"(u64)(u32)({value})"
        start = "(u64)c->shared + " if self.found.space == "shared" else ""
        return f"{start}{value} + {constant(self.found.address.offset, 64)}"

    def _address_lanes(self) -> str:
        base, offset = self.found.address.base, self.found.address.offset
        if isinstance(base, Register):
            width = self.operands.width(base)
            lanes = self.operands.lanes(base, width)
            lanes = lanes if width == 64 else f"widen32({lanes})"
        else:
            lanes = f"splat64({self._base().base})"
        start = "(u64)c->shared + " if self.found.space == "shared" else ""
        bias = LOCAL_BIAS if self.found.space == "local" else 0
        return f"plus64({lanes}, splat64({start}{constant(offset + bias, 64)}))"

    def _begun(self, *checks) -> list[str]:
        """The checks of an access. A checked kernel's: where all hold there is nothing to note; where not, it begins
        again with more care, and then looks at each lane."""
        if not self.constant:
            return list(checks)
        number = self.program.root_number(self.root)
        if self.program.trusting:
            self.program.trusted.add(number)
            return [f"if (UNLIKELY(!({' && '.join(checks)}))) doubt(c, w);"]
        return [f"if ({' && '.join([f'whole{number}', *checks])}) {{"]

    def _ended(self) -> list[str]:
        careful = self.constant and not self.program.trusting
        return ["} else", *self.checked(), "}"] if careful else ["}"]

    def _check(self, address, step, width, lane) -> str:
        size = self.found.size
        if self.constant:
            return f"row_fits({address}, {step}, {width}, {self.first}, {self.count}, {size})"
        if self.root is None:
            return f"check_open(c, w, {self.site}, {address}, {step}, {width}, {lane}, {size});"
        if self._surely_inside():
            return ""
        if width == 1:
            return f"check(c, w, {self.site}, {address}, {self.first}, {self.count}, {size});"
        return f"check_row(c, w, {self.site}, {address}, {step}, {width}, {lane}, {self.first}, {self.count}, {size});"

    def _surely_inside(self) -> bool:
        """A static shared array at addresses that depend on threadIdx alone: known for the whole block already."""
        table = self.program.lanes.tables.get(self.found.address.base)
        if table is None or self.root.space != "shared":
            return False
        array, at, size = self.program.kernel.shared[self.root.name], table + self.found.address.offset, self.found.size
        inside = array.size is not None and at.min() >= array.offset and at.max() + size <= array.offset + array.size
        return bool(inside and (at % size == 0).all())
