"""PTX text -> kernels. Source of the language: NVIDIA, *Parallel Thread Execution ISA*, version 9.0."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from course_lib.gpu.glass.lines import LOC, Lines
from course_lib.gpu.glass.statements import statements
from course_lib.gpu.glass.syntax import RESERVED, Register, Symbol, operand, split
from course_lib.gpu.glass.variables import ModuleArray, function_address, module_array, pointed_functions

WIDTHS = {
    "pred": 1,
    "b8": 8,
    "u8": 8,
    "s8": 8,
    "b16": 16,
    "u16": 16,
    "s16": 16,
    "f16": 16,
    "bf16": 16,
    "b32": 32,
    "u32": 32,
}
WIDTHS |= {"s32": 32, "f32": 32, "b64": 64, "u64": 64, "s64": 64, "f64": 64, "b128": 128, "f16x2": 32, "bf16x2": 32}


@dataclass
class Instruction:
    """`@guard opcode operands;`: an immediate is an int (the bits of a float), `{a, b}` a tuple."""

    opcode: str
    operands: list
    line: int
    guard: tuple[Register, bool] | None = None  # (predicate, negated)

    @property
    def parts(self):
        return self.opcode.split(".")


@dataclass
class Label:
    name: str


class Variable(NamedTuple):
    """A shared or local array: bytes from `offset` on; size None is dynamic shared memory."""

    name: str
    offset: int
    size: int | None


class Parameter(NamedTuple):
    type: str  # "u64", "f32" …, or "b8" for a struct passed by value
    offset: int
    size: int


@dataclass
class Kernel:
    name: str
    parameters: dict[str, Parameter] = field(default_factory=dict)
    widths: dict[str, int] = field(
        default_factory=lambda: {"%carry": 1, "%carry_next": 1, "%unused": 32, OPPOSITE: 1}
    )  # number-less name -> bits
    body: list[Instruction | Label] = field(default_factory=list)
    shared: dict[str, Variable] = field(default_factory=dict)
    local: dict[str, Variable] = field(default_factory=dict)
    module: dict[str, ModuleArray] = field(default_factory=dict)  # shared by all kernels of one source
    most_threads: int = 1024  # less with __launch_bounds__
    functions: dict[str, "Kernel"] = field(default_factory=dict)  # device functions that were not inlined
    pointed: dict[int, str] = field(default_factory=dict)  # those of which something takes the address
    returns: str = ""  # of such a function: the name of what it gives back
    signature: str = ""  # "4:8,4", the bytes that it gives back and takes
    header: str | None = None  # the path of the header in which it stands
    asserts: list[str] = field(default_factory=list)  # what each `trap.N` of a failed assert() expected

    def width(self, register) -> int:
        return self.widths[re.sub(r"\d+$", "", register)]

    @property
    def shared_size(self) -> int:
        """Bytes of static shared memory."""
        return max((v.offset + v.size for v in self.shared.values() if v.size is not None), default=0)

    @property
    def local_size(self) -> int:
        return max((v.offset + v.size for v in self.local.values()), default=0)

    @cached_property
    def cooperative(self) -> bool:
        """Whether it synchronises its whole grid: it reads where the driver keeps the counter for that."""
        bodies = (self.body, *(function.body for function in self.functions.values()))
        instructions = (i for body in bodies for i in body if isinstance(i, Instruction))
        return any(str(o).startswith("%envreg") for i in instructions for o in i.operands)

    @property
    def parameter_size(self) -> int:
        return max((p.offset + p.size for p in self.parameters.values()), default=0)


VARIABLE = r"(?:\.extern |\.visible |\.weak )*\.(shared|local|global|const)\s+(?:\.attribute\([^)]*\) )?"
VARIABLE += r"(?:\.align (\d+) )?\.(\w+)\s+([\w$]+)(?:\[(\d*)\])?(?:\s*=\s*(.*))?;"


OPPOSITE = Register("%opposite")
PRINTED, PRINT_LIMIT = "$printed", 1 << 20  # the array that collects what kernels print, and its bytes
NAME = r"(?<![\w.$%])%?[\w$]+(?![\w.$])"  # of a register, and never part of an opcode


def parse(text: str, filename: str) -> dict[str, Kernel]:
    """Every `.entry` of the module by its (possibly mangled) name. filename: of its source."""
    kernels, functions, kernel, shared, module = {}, {}, None, {}, {}
    lines = Lines(text, filename)
    opened, prototypes = 0, {}  # how many braces so far; name -> signature
    scopes: list[dict] = []  # registers that inline assembly declares for itself, under names of our own
    for statement in statements(text):
        if match := re.match(r"(?:\.visible |\.weak )*\.entry\s+([\w$]+)", statement):
            kernel = kernels[match[1]] = Kernel(match[1], shared=dict(shared), module=module, functions=functions)
            scopes = []
            lines.begin(kernel=True)
            _read_parameters(kernel, statement)
        elif match := re.match(r"(?:\.visible |\.weak |\.extern )*\.func\s+(?:\((.*?)\)\s*)?([\w$]+)", statement):
            kernel, scopes = Kernel(match[2]), []
            lines.begin(kernel=False)
            if match[2] == "vprintf":
                module[PRINTED] = ModuleArray("global", 8 + PRINT_LIMIT, b"")
            functions[match[2]] = kernel  # a declaration is replaced by the definition that follows
            kernel.returns = (match[1] or "").split(" ")[-1].split("[")[0]
            kernel.signature = _signature(match[1], statement[match.end() :])
            _read_parameters(kernel, statement[match.end() :])
        elif match := re.match(VARIABLE, statement):
            space, align, type_, name, count, values = match.groups()
            if space in ("global", "const"):
                module[name] = module_array(space, WIDTHS[type_] // 8, count, values, operand)
            else:
                _declare(kernel if scopes else None, shared, space, align, type_, name, count)
        elif kernel is None:
            continue
        elif statement == "{":
            opened += 1
            scopes.append({"": f"$in{opened}"})
        elif statement == "}":
            scopes = scopes[:-1]
        elif match := re.match(r"\.maxntid\s+(\d+)", statement):
            kernel.most_threads = int(match[1])
        elif (match := re.match(r"\.reg\s*\.(\w+)\s+(.*);", statement)) and match[1] in WIDTHS:
            _declare_registers(kernel, scopes, match[1], match[2].split(","))
        elif match := LOC.match(statement):
            lines.read(match)
            kernel.header = lines.path
        elif match := re.match(r"([\w$]+):$", statement):
            kernel.body.append(Label(_own_label(match[1], scopes)))
        elif match := re.match(r"([\w$]+)\s*:\s*\.callprototype\s*(?:\((.*?)\))?\s*_(.*)", statement):
            prototypes[match[1]] = _signature(match[2], match[3])
        elif statement[0] != "." or statement.startswith(".reg"):
            for own in reversed(scopes):
                if len(own) > 1:
                    statement = re.sub(NAME, lambda name, own=own: own.get(name[0], name[0]), statement)
            for instruction in _instruction(statement, lines.line):
                if RESERVED in instruction.operands:
                    _declare(kernel, shared, "shared", "16", "b8", RESERVED, "1024")
                if instruction.parts[0] == "bra":
                    instruction.operands = [Symbol(_own_label(instruction.operands[0], scopes))]
                if instruction.parts[0] == "call" and instruction.operands[-1] in prototypes:  # through a pointer
                    instruction.operands[-1] = Symbol(prototypes[instruction.operands[-1]])
                kernel.body.append(instruction)
    _address_functions(kernels, functions, module)
    return kernels


def _address_functions(kernels, functions, module):
    """The address of a function is a number of its own."""
    everything = (*kernels.values(), *functions.values())
    pointed = pointed_functions(functions, [k.body for k in everything], module)
    for kernel in everything:
        kernel.pointed = {function_address(name, functions): name for name in sorted(pointed)}
        for i in kernel.body:
            if (
                isinstance(i, Instruction)
                and i.parts[0] != "call"
                and pointed & {o for o in i.operands if type(o) is Symbol}
            ):
                i.operands = [function_address(o, functions) if o in pointed else o for o in i.operands]


def _own_label(name: str, scopes) -> str:
    """A label inside the braces of inline assembly is another one in every copy; NVRTC's own begin with $."""
    return name if len(scopes) < 2 or name.startswith("$") else name + scopes[1][""]


def _declare_registers(kernel, scopes, type_, names):
    """`%f<30>` declares %f0 … %f29. In inline assembly a name needs no %, and inside braces it hides the outer one."""
    for name in names:
        name = name.strip()
        if len(scopes) > 1 or not name.startswith("%"):
            inner, count = f"%own{len(kernel.widths)}_", re.search(r"(.*)<(\d+)>$", name)
            many = [f"{count[1]}{i}" for i in range(int(count[2]))] if count else [name]
            scopes[-1] |= {each: f"{inner}{i}" for i, each in enumerate(many)}
            name = inner
        base = re.sub(r"(<\d+>|\d+)?$", "", name)
        kernel.widths[base] = WIDTHS[type_]
        if type_ == "b128":  # held as two, see plain.py
            kernel.widths |= {f"{base}low": 64, f"{base}high": 64}


PARAMETER = r"\.param\s+(?:\.align (\d+) )?\.(\w+)\s+(?:\.ptr\s+(?:\.\w+\s+)*(?:\.align \d+ )?)?([\w$]+)(?:\[(\d+)\])?"


def _signature(returned: str | None, taken: str) -> str:
    def sizes(text):
        return ",".join(str(WIDTHS[t] // 8 * int(count or 1)) for _, t, _, count in re.findall(PARAMETER, text or ""))

    return f"{sizes(returned)}:{sizes(taken)}"


def _read_parameters(kernel, statement):
    offset = 0
    for match in re.finditer(PARAMETER, statement):
        align, type_, name, count = match.groups()
        size = WIDTHS[type_] // 8
        offset = _round_up(offset, int(align or size))
        kernel.parameters[name] = Parameter(type_, offset, size * int(count or 1))
        offset += size * int(count or 1)


def _declare(kernel, module_shared, space, align, type_, name, count):
    """Arrays of one space follow each other, aligned; dynamic shared memory comes after all static ones."""
    space_of = module_shared if kernel is None else (kernel.shared if space == "shared" else kernel.local)
    size = None if count == "" else WIDTHS[type_] // 8 * int(count or 1)
    end = max((v.offset + (v.size or 0) for v in space_of.values()), default=0)
    space_of[name] = Variable(name, _round_up(end, int(align or WIDTHS[type_] // 8)), size)
    if kernel is not None:
        static = _round_up(kernel.shared_size, 16)
        kernel.shared.update({n: v._replace(offset=static) for n, v in kernel.shared.items() if v.size is None})


def _round_up(value, multiple):
    return -(-value // multiple) * multiple


def _instruction(statement, line) -> list[Instruction]:
    """The instruction, and before it what makes the opposite of a predicate `!%p1` among its operands."""
    match = re.match(r"(?:@(!?)(%\w+)\s+)?([\w.:]+)\s*(.*);$", statement)
    if not match:
        return [Instruction(statement, [], line)]
    negated, predicate, opcode, rest = match.groups()
    guard = (Register(predicate), bool(negated)) if predicate else None
    texts, before = split(rest), []
    for i, text in enumerate(texts):
        if opposite := re.fullmatch(r"!\s*(%\w+)", text):
            before, texts[i] = [Instruction("not.pred", [OPPOSITE, Register(opposite[1])], line)], OPPOSITE
    return [*before, Instruction(opcode, [operand(text, opcode.rpartition(".")[2]) for text in texts], line, guard)]
