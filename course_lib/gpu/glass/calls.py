"""Calls of device functions, replaced by the body of the function: the glass GPU's machine then has no calls to make.

A function that calls itself is copied once, and called by jumps (recursion.py). A call of a function that is not there,
or through a pointer, stays a call, which program.py refuses.
"""

import re

from course_lib.gpu.glass import recursion
from course_lib.gpu.glass.passed import Pieces, laid_out, pieces, slot
from course_lib.gpu.glass.ptx import WIDTHS, Instruction, Kernel, Label, Variable
from course_lib.gpu.glass.syntax import Address, Register, Symbol


def inline(kernel: Kernel) -> None:
    """Replace every call in the body of the kernel, and in what that brings in."""
    if any(isinstance(item, Instruction) and item.parts[0] == "call" for item in kernel.body):
        kernel.body = _Inliner(kernel).whole()


class _Inliner:
    def __init__(self, kernel: Kernel):
        self.kernel, self.count, self.returns = kernel, 0, 0
        self.addresses: dict[Register, Symbol] = {}  # registers that hold the address of an array of the module
        self.stored: dict[str, Pieces] = {}  # what was stored for a call, by the name of the parameter

        pointed = set(kernel.pointed.values())
        self.recursive = recursion.recursive(
            kernel.functions, lambda call: pointed if _pointer(call) else {_callee(call)[0]}
        )
        self.wanted: list[str] = []  # recursive functions, in the order of their first calls
        self.places: dict[str, list[int]] = {}  # such a function -> the numbers of the places it returns to
        self.laid_out: dict[str, Kernel] = {}  # such a function -> itself, with its parameters where it wants them

    def whole(self) -> list:
        """The body of the kernel, and after it the copies of functions that call themselves."""
        parts = [(list(self.body(self.kernel.body, "")), {}, 0, False)]
        for name in self.wanted:  # grows on the way
            parts.append(self._copy_of_recursive(name))
        if self.wanted:
            parts[0][0].insert(0, recursion.begin(self.kernel, _lines(self.kernel)[0]))
            self.kernel.widths["%returns_here"] = 1
        written = (
            recursion.written_out(items, self.kernel, arrays, size, inside, self._copy_slots)
            for items, arrays, size, inside in parts
        )
        ends = [()]
        for name in self.wanted:
            ends.append(recursion.returns(name, self.places[name], _lines(self.laid_out[name])[-1]))
        return [item for part, end in zip(written, ends, strict=True) for item in (*part, *end)]

    def _copy_of_recursive(self, name):
        """(items, where its local arrays are in its frame, their size, True)."""
        function, before, prefix = self.laid_out[name], set(self.kernel.local), f"r{self.wanted.index(name)}_"
        start = -(-self.kernel.local_size // 16) * 16
        self._declare(function, prefix)
        items = [Label(recursion.entry(name))]
        for item in self.body(function.body, prefix):
            leaves = isinstance(item, Instruction) and item.parts[0] == "ret"
            items.append(Instruction("bra", [recursion.leave(name)], item.line, item.guard) if leaves else item)
        own = {n: v for n, v in self.kernel.local.items() if n not in before}
        size = max((v.offset + v.size - start for v in own.values()), default=0)
        for array in own:
            del self.kernel.local[array]
        return items, {n: v.offset - start for n, v in own.items()}, -(-size // 8) * 8, True

    def _call_recursive(self, name, given, returned, own, line):
        if name not in self.wanted:
            self.wanted.append(name)
            self.places[name] = []
        function, prefix = self.kernel.functions[name], f"r{self.wanted.index(name)}_"
        if not self.places[name]:
            self.laid_out[name] = laid_out(function, [self.stored.get(own + source, {}) for source in given])
        self.returns += 1
        self.places[name].append(self.returns)
        passed = [(own + source, prefix + target) for source, target in zip(given, function.parameters, strict=True)]
        back = [(prefix + function.returns, own + returned[0])] if returned else []
        return recursion.Call(name, passed, back, line, self.returns)

    def body(self, items, own: str):
        """`own` is put before the names of registers and labels of this copy of a function."""
        for item in items:
            if isinstance(item, Label):
                yield Label(own + item.name)
            elif item.parts[0] == "call":
                yield from self._call(item, own)
                for name in _callee(item)[1]:
                    self.stored.pop(own + name, None)  # the next call has parameters of the same names
            elif item.parts[:2] in (["st", "param"], ["ld", "param"]) and self._is_passed(item, own):
                yield from self._pass(item, own)
            else:
                yield self._renamed(item, own)

    def _call_pointer(self, item, own, pointer):
        """Whichever function it is of those whose address is taken, and that take and give as much."""
        self.count += 1
        end, missed = Symbol(f"$end_of_pointer_{self.count}"), Register("%not_this")
        self.kernel.widths["%not_this"] = 1
        if item.guard:
            yield Instruction("bra", [end], item.line, (self._name(item.guard[0], own), not item.guard[1]))
        for address, name in self.kernel.pointed.items():
            function = self.kernel.functions[name]
            if function.signature == item.operands[-1]:
                following = Symbol(f"$not_{address}_of_{self.count}_{own}")
                yield Instruction("setp.ne.u64", [missed, self._name(pointer, own), address], item.line)
                yield Instruction("bra", [following], item.line, (missed, False))
                operands = [Symbol(name) if o == pointer else o for o in item.operands]
                yield from self._call(Instruction(item.opcode, operands, item.line), own)
                yield Instruction("bra", [end], item.line)
                yield Label(following)
        yield Instruction("trap", [], item.line)
        yield Label(end)

    def _call(self, item, own):
        if pointer := _pointer(item):
            yield from self._call_pointer(item, own, pointer)
            return
        name, given, returned = _callee(item)
        guard = item.guard and (self._name(item.guard[0], own), item.guard[1])
        if name == "__assertfail":
            yield Instruction(f"trap.{self._expectation(own + given[0])}", [], item.line, guard)
            return
        if name == "vprintf":
            result, pointers = self._slot(own + returned[0], 0, 32), [self._slot(own + g, 0, 64) for g in given]
            yield Instruction("vprintf", [result, *pointers], item.line, guard)
            return
        function = self.kernel.functions.get(name)
        if function is None or not function.body:
            yield item
            return
        self.count += 1
        copy, end = f"c{self.count}_", f"$end_of_call_{self.count}"
        if guard:
            yield Instruction("bra", [Symbol(end)], item.line, (guard[0], not guard[1]))
        if name in self.recursive:
            yield self._call_recursive(name, given, returned, own, item.line)
            yield Label(end)
            return
        function = laid_out(function, [self.stored.get(own + source, {}) for source in given])
        self._declare(function, copy)
        for source, target in zip(given, function.parameters, strict=True):
            yield from self._copy_slots(own + source, copy + target, item.line)
        for inner in self.body(function.body, copy):
            if isinstance(inner, Instruction):
                inner.line = inner.line or item.line
            leaves = isinstance(inner, Instruction) and inner.parts[0] == "ret"  # the function, not the kernel
            yield Instruction("bra", [Symbol(end)], inner.line, inner.guard) if leaves else inner
        yield Label(end)
        if returned:
            yield from self._copy_slots(copy + function.returns, own + returned[0], item.line)

    def _expectation(self, passed) -> int:
        """The number in kernel.asserts of the text that an assert() passes: an array of the module, by its address."""
        symbol = self.addresses.get(self._slot(passed, 0, 64))
        array = self.kernel.module.get(symbol)
        self.kernel.asserts.append(array.data.split(b"\0")[0].decode(errors="replace") if array else "")
        return len(self.kernel.asserts) - 1

    def _declare(self, function, copy):
        """Registers and arrays of this copy: each call has its own local arrays, all share the shared ones."""
        for prefix, width in function.widths.items():
            self.kernel.widths[f"%{copy}{prefix[1:]}"] = width
        for array in function.local.values():
            offset = -(-self.kernel.local_size // 16) * 16
            self.kernel.local[copy + array.name] = Variable(copy + array.name, offset + array.offset, array.size)
        for array in function.shared.values():
            if array.name not in self.kernel.shared:
                offset = -(-self.kernel.shared_size // 16) * 16
                self.kernel.shared[array.name] = Variable(array.name, offset + array.offset, array.size)

    # ---- what is passed: each piece of a parameter becomes a register ----

    def _is_passed(self, item, own):
        address = item.operands[1 if item.parts[0] == "ld" else 0]
        return bool(own) or address.base not in self.kernel.parameters

    def _pass(self, item, own):
        loads, type_ = item.parts[0] == "ld", item.parts[-1]
        data, address = item.operands if loads else reversed(item.operands)
        if not loads:
            name, moved = pieces(item)
            self.stored[own + name] = self.stored.get(own + name, {}) | moved
        guard = item.guard and (self._name(item.guard[0], own), item.guard[1])
        bits, whole = WIDTHS[type_], type_.replace("b", "u")
        for j, value in enumerate(data if type(data) is tuple else (data,)):
            width = self.kernel.width(self._name(value, own)) if loads and value != "_" else bits
            extends = width > bits >= 32 or (width == 64 and bits < 32)
            opcode = f"cvt.{whole[0]}{width}.{whole}" if extends else f"mov.{type_}"
            opcode = f"cvt.{whole}.{whole}" if bits < 32 and not extends else opcode
            slot = self._slot(own + address.base, address.offset + j * WIDTHS[type_] // 8, WIDTHS[type_])
            value = self._name(value, own)
            if value in self.addresses and not loads:
                self.addresses[slot] = self.addresses[value]
            yield Instruction(opcode, [value, slot] if loads else [slot, value], item.line, guard)

    def _slot(self, parameter, offset, width) -> Register:
        name = slot(parameter, offset, width)
        self.kernel.widths[name] = max(32, width)
        return name

    def _copy_slots(self, source, target, line):
        for name, width in list(self.kernel.widths.items()):
            if match := re.fullmatch(rf"%{re.escape(source)}_at(\d+)w\d+b", name):
                yield Instruction(f"mov.b{width}", [self._slot(target, int(match[1]), width), Register(name)], line)

    # ---- names ----

    def _renamed(self, item, own):
        if item.opcode in ("mov.u64", "cvta.global.u64"):
            target, source = (self._name(o, own) for o in item.operands)
            if source in self.addresses or source in self.kernel.module:
                self.addresses[target] = self.addresses.get(source, source)
        if not own:
            return item
        guard = item.guard and (self._name(item.guard[0], own), item.guard[1])
        return Instruction(item.opcode, [self._name(o, own) for o in item.operands], item.line, guard)

    def _name(self, operand, own):
        if not own:
            return operand
        if isinstance(operand, Register):
            return Register("|".join(f"%{own}{name[1:]}" if name != "_" else name for name in operand.split("|")))
        if isinstance(operand, Address):
            return Address(self._name(operand.base, own), operand.offset)
        if type(operand) is tuple:
            return tuple(self._name(part, own) for part in operand)
        if isinstance(operand, Symbol):
            everywhere = operand == "_" or operand in self.kernel.module or operand in self.kernel.shared
            return operand if everywhere else Symbol(own + operand)
        return operand


def _pointer(item) -> Register | None:
    """The register of a call through a pointer."""
    return next((o for o in item.operands if isinstance(o, Register)), None)


def _callee(item):
    """`call.uni (retval0), f, (param0, param1);` -> ("f", ["param0", "param1"], ["retval0"])."""
    names = [re.findall(r"[\w$]+", str(operand)) for operand in item.operands]
    returned = names.pop(0) if str(item.operands[0]).startswith("(") else []
    return names[0][0], names[1] if len(names) > 1 else [], returned


def _lines(function: Kernel) -> list[int]:
    return [i.line for i in function.body if isinstance(i, Instruction)]
