"""A kernel prepared for one block shape: its flow, the kinds of its registers, and what both halves of its C share."""

from dataclasses import dataclass, field

from course_lib.gpu.errors import Unsupported
from course_lib.gpu.glass.access import Access, Root, access, root_of_symbol, roots
from course_lib.gpu.glass.collective import atomic_name, is_collective, which_barrier
from course_lib.gpu.glass.definitions import define
from course_lib.gpu.glass.flow import SILENT, Flow, analyse
from course_lib.gpu.glass.instrument import CHECK, PLAIN, PROFILE, STEP
from course_lib.gpu.glass.isa import atomic
from course_lib.gpu.glass.isa.operation import Operation
from course_lib.gpu.glass.isa.table import OPERATIONS
from course_lib.gpu.glass.isa.warp import COLLECTIVES
from course_lib.gpu.glass.lacking import lacking, lacking_call
from course_lib.gpu.glass.lanes import VECTOR, Lanes, classify
from course_lib.gpu.glass.matrices import is_copy, is_matrix
from course_lib.gpu.glass.plain import plain
from course_lib.gpu.glass.ptx import PRINTED, Instruction, Kernel
from course_lib.gpu.glass.site import Site
from course_lib.gpu.glass.speculated import as_written
from course_lib.gpu.glass.syntax import Address, Register, Special, Symbol
from course_lib.gpu.glass.waiting import waiting_jumps

LOCAL_BIAS = 4096  # offsets of local accesses are checked, and reported, with this added: 0 means "array unknown"


@dataclass
class Program:
    kernel: Kernel  # its calls inlined: module.py
    block: tuple[int, int, int]
    instrument: str = PLAIN
    flow: Flow = None
    lanes: Lanes = None
    roots: dict = None
    sites: list[Site] = field(default_factory=list)
    patterns: list[tuple[int, ...]] = field(default_factory=list)
    used: dict[str, set] = field(default_factory=dict)  # opcode -> forms of its C functions
    pointers: list[Root] = field(default_factory=list)
    atomics: set[str] = field(default_factory=set)
    products: dict[str, str] = field(default_factory=dict)  # of matrices: name -> its C function
    loaded: set[str] = field(default_factory=set)  # element types of loads and stores
    known: object = None  # of a checked kernel: known.Known
    runs: object = None  # runs.Runs
    trusting: bool = False  # of a checked kernel: the first wrong read of what it never writes ends it, in doubt
    trusted: set[int] = field(default_factory=set)  # the arrays that must be written all over for that, by number
    rows: list = field(default_factory=list)  # of a profiled kernel: fast_counting.Row
    request_kinds: dict[int, str] = field(default_factory=dict)  # site -> kind, where its opcode does not tell it
    waits: frozenset[int] = frozenset()  # blocks that end in the backward jump of a loop that waits for other threads

    def __post_init__(self):
        self.kernel = as_written(self.kernel) if self.instrument == CHECK else self.kernel
        for instruction in self.kernel.body:
            if isinstance(instruction, Instruction):
                self._check_known(instruction)
        first = analyse(self.kernel)
        self.lanes = classify(self.kernel, first, self.block)
        if any(isinstance(i, Instruction) and i.opcode == "vprintf" for i in self.kernel.body):
            self.root_number(Root("module", PRINTED))
        # The two halves of the C can change over only between blocks, so a guarded widening begins one. So does an
        # instruction of the whole warp, that its lanes may gather before it.
        self.flow = analyse(self.kernel, self._begins_block)
        self.roots = roots(self.kernel, self.flow)
        self.waits = waiting_jumps(self.flow)

    def _begins_block(self, instruction: Instruction) -> bool:
        gathers = is_collective(instruction) or is_matrix(instruction)
        return gathers or self.widens_lanes(instruction)

    @property
    def warps(self) -> int:
        return -(-self.threads // 32)

    @property
    def threads(self) -> int:
        return self.block[0] * self.block[1] * self.block[2]

    @property
    def registers(self) -> list[Register]:
        return list(self.lanes.kind_of_registers())

    def widens_lanes(self, instruction: Instruction) -> bool:
        """32 to 64 bits of a register that is linear in the lane: linear only if no lane wraps around."""
        opcode = instruction.opcode
        widens = opcode.startswith(
            ("mul.wide.", "mad.wide.", "cvt.s64.s32", "cvt.u64.u32", "cvt.u64.s32", "cvt.s64.u32")
        )
        if not widens or self.lanes.of(instruction.operands[0]) == VECTOR:
            return False
        return any(not self.lanes.of(o).uniform for o in instruction.operands[1:3] if self.lanes.of(o) != VECTOR)

    @property
    def names_barriers(self) -> bool:
        """Whether barriers have numbers or counts, or warps may wait elsewhere; then each says which it is."""
        code = [i for block in self.flow.blocks for i in block.instructions]
        return bool(self.waits) or any(i.opcode == "arrive.named" or which_barrier(i) != [0, 0] for i in code)

    @property
    def uses_warp(self) -> bool:
        instructions = [i for block in self.flow.blocks for i in block.instructions]
        named = self.instrument == CHECK and any(i.opcode == "bar.warp.sync" for i in instructions)  # are they here?
        return named or any(i.opcode in COLLECTIVES or is_matrix(i) for i in instructions)

    def home(self, instruction: Instruction) -> int:
        """The number of the block of code that it stands in."""
        return next(n for n, b in enumerate(self.flow.blocks) if any(i is instruction for i in b.instructions))

    def profiled(self, text: str) -> str:
        """C that only a profiled kernel has."""
        return text if self.instrument == PROFILE else ""

    def stepped(self, text: str) -> str:
        """C that only a kernel that is stepped through has."""
        return text if self.instrument == STEP else ""

    def pattern(self, values: tuple[int, ...]) -> int:
        """The number of a lane pattern, K0, K1 … in the C."""
        if values not in self.patterns:
            self.patterns.append(values)
        return self.patterns.index(values)

    def site(self, instruction: Instruction, root: Root | None = None) -> int:
        touches = access(instruction).size if instruction.parts[0] in ("ld", "st", "atom", "red") else 0
        self.sites.append(Site(instruction.line, instruction.opcode, root, touches))
        return len(self.sites) - 1

    def operation(self, opcode: str, form: str) -> Operation:
        """The operation of an opcode; notes which form of its C function is needed."""
        self.used.setdefault(opcode, set()).add(form)
        return OPERATIONS[opcode]

    def _check_known(self, instruction: Instruction) -> None:
        """Raises Unsupported, with the source line, for what the glass GPU lacks."""
        parts = instruction.parts
        if parts[0] == "call":
            raise self._lacks(
                instruction, *lacking_call(str(instruction.operands[-2 if len(instruction.operands) > 1 else 0]))
            )
        if not all(is_known(each) for each in plain([instruction])):
            raise self.unsupported(instruction)
        if any(i.parts[0] in ("ld", "st") and access(i).unknown for i in plain([instruction])):
            raise self.unsupported(instruction)
        for operand in (o for each in plain([instruction]) for o in each.operands):
            for part in operand if type(operand) is tuple else (operand,):
                base = part.base if isinstance(part, Address) else part
                strange = isinstance(base, Symbol) and parts[0] != "bra" and not self._declares(base)
                if strange or (isinstance(base, Special) and base not in KNOWN_SPECIALS):
                    raise self.unsupported(instruction, f"{base} in the instruction")

    def _declares(self, symbol: Symbol) -> bool:
        kernel = self.kernel
        if symbol in kernel.module:
            return kernel.module[symbol].space != "unknown"
        return symbol == "_" or symbol in kernel.parameters or symbol in kernel.shared or symbol in kernel.local

    def _lacks(self, instruction, what: str, instead: str) -> Unsupported:
        return Unsupported(
            f"the glass GPU has not got {what}, but line {instruction.line} of kernel {self.kernel.name!r} needs it; "
            f"{instead}"
        )

    def unsupported(self, instruction: Instruction, what: str = "the instruction") -> Unsupported:
        said = lacking(instruction.opcode, what)
        if said:
            return self._lacks(instruction, *said)
        return Unsupported(
            f"the glass GPU does not know {what} {instruction.opcode!r} yet "
            f"(line {instruction.line} of kernel {self.kernel.name!r}); write it another way"
        )

    def root_number(self, root: Root) -> int:
        """The place of a pointer parameter or a module's array in `launch.roots`."""
        if root not in self.pointers:
            self.pointers.append(root)
        return self.pointers.index(root)

    def root(self, found: Access):
        base = found.address.base
        if isinstance(base, Symbol):
            return root_of_symbol(self.kernel, base)
        root = Root("local") if found.space == "local" else self.roots.get(base)
        fits = root is not None and (found.space in ("", root.space) or root.space == "module")
        return root if fits else None

    def literal(self, operand) -> int | None:
        """The number behind an immediate, a shared or local array, or a known special register."""
        if isinstance(operand, int):
            return operand
        if isinstance(operand, Symbol):
            variable = self.kernel.shared.get(operand) or self.kernel.local.get(operand)
            return None if variable is None else variable.offset
        if isinstance(operand, Special):
            return self.lanes.of(operand).base if self.lanes.of(operand).uniform else None
        return None

    def symbol(self, symbol: Symbol) -> str:
        """The address of a module's array, as C."""
        return f"first{self.root_number(Root('module', symbol))}"

    def definitions(self) -> str:
        """The C functions of all instructions used."""
        operations = [define(opcode, OPERATIONS[opcode], forms) for opcode, forms in sorted(self.used.items())]
        return "\n".join(
            [*operations, *self.products.values(), *(atomic.function(name) for name in sorted(self.atomics))]
        )


def constant(value: int, width: int) -> str:
    """An integer as a C literal of 32 or 64 unsigned bits."""
    return f"{value & 0xFFFFFFFF}u" if width <= 32 else f"{value & 0xFFFFFFFFFFFFFFFF}ull"


def c_register(register: str) -> str:
    """`%rd5` -> rd5, `%SPL` -> SPL."""
    return register.lstrip("%")


# ---- what both halves say alike ----

SPECIALS = {f"%ctaid.{axis}": f"c->block[{i}]" for i, axis in enumerate("xyz")}
SPECIALS |= {f"%nctaid.{axis}": f"c->launch->grid[{i}]" for i, axis in enumerate("xyz")}
SHARED_BYTES = "c->launch->shared_bytes"
BLOCK = "(((u64)c->block[2] * c->launch->grid[1] + c->block[1]) * c->launch->grid[0] + c->block[0])"
SPECIALS |= {"%warpid": "w->index", "%nwarpid": "64", "%smid": f"(u32)({BLOCK} % 132)", "%nsmid": "132", "%gridid": "1"}
SPECIALS |= {"%dynamic_smem_size": f"(u32)({SHARED_BYTES} - STATIC_SHARED)"}
SPECIALS |= {"%total_smem_size": f"(u32){SHARED_BYTES}", "%aggr_smem_size": f"(u32){SHARED_BYTES}"}
SPECIALS |= {"%envreg1": "(u32)(c->launch->workspace >> 32)", "%envreg2": "(u32)c->launch->workspace"}
# a clock is read by whole warps; every reading puts it on, so that waiting for it ends
SPECIALS |= dict.fromkeys(("%clock", "%clock64", "%globaltimer", "%globaltimer_lo"), "(w->clock += 64)")
SPECIALS |= dict.fromkeys(("%clock_hi", "%globaltimer_hi"), "(u32)(w->clock >> 32)")
PREDICATES = {"mov": "{0}", "not": "{no}{0}", "and": "{0} & {1}", "or": "{0} | {1}", "xor": "{0} ^ {1}"}


KNOWN_SPECIALS = {*SPECIALS, "%laneid", *(f"%{name}.{axis}" for name in ("tid", "ntid") for axis in "xyz")}


def is_control(instruction: Instruction) -> bool:
    """Jumps, ends, and __syncthreads()."""
    barrier = instruction.opcode in ("bar.sync", "bar.named", "bar.count", "arrive.named", "bar.warp.sync")
    return (
        barrier or instruction.opcode in ("bra", "bra.uni", "ret", "ret.uni", "exit") or instruction.parts[0] == "trap"
    )


def is_known(instruction: Instruction) -> bool:
    """Whether the two halves have C for this instruction of plain.py."""
    known = instruction.opcode in OPERATIONS or is_control(instruction) or is_silent(instruction)
    known = known or is_collective(instruction) or is_matrix(instruction) or is_copy(instruction)
    known = known or atomic_name(instruction) is not None
    moves = instruction.parts[-1] == "pred" and instruction.parts[0] in PREDICATES
    return known or moves or instruction.parts[0] in ("ld", "st", "cvta", "counted")


def is_silent(instruction: Instruction) -> bool:
    """Fences, prefetches and pauses: warps run in turn here, so every write is seen by whoever comes later."""
    return instruction.parts[0] in SILENT


def silent(instruction: Instruction) -> list[str]:
    """Their C: a fence is one for the cores of this computer too."""
    return ["__atomic_thread_fence(__ATOMIC_ACQ_REL);"] if instruction.parts[0] in ("membar", "fence") else []


def parameter(program: Program, found: Access, j: int = 0) -> str:
    """A kernel parameter as a C expression."""
    offset = program.kernel.parameters[found.address.base].offset + found.address.offset + j * found.element
    return f"*(const {found.type} *)(c->launch->parameters + {offset})"


def limits(program: Program, root: Root | None, size: int) -> tuple[str, str]:
    """(first address, number of possible starts) of the array that an access is held to; ("0", "0"): any array."""
    if root is None:
        return "0", "0"
    if root.space == "local":
        return str(LOCAL_BIAS), f"starts(LOCAL, {size})"
    if root.space == "shared":
        variable = program.kernel.shared[root.name]
        dynamic = f"starts(c->launch->shared_bytes - {variable.offset}, {size})"
        count = dynamic if variable.size is None else f"{max(variable.size - size + 1, 0)}"
        return f"(u64)c->shared + {variable.offset}", count
    number = program.root_number(root)
    return f"first{number}", f"starts(bytes{number}, {size})"


def hoisted(program: Program) -> str:
    """The extents of the pointer parameters as local variables, which no store can be thought to change."""
    careful = program.known and not program.trusting
    whole = " const u32 whole{0} = c->launch->whole[{0}];" if careful else ""
    maps = "".join(
        f" const u64 {ways}{{0}} = c->launch->counts[COUNTS + 2 * {{0}} + {i}];"
        for i, ways in enumerate(("loads", "stores"))
    )
    extent = "const u64 first{0} = c->launch->roots[{0}].first, bytes{0} = c->launch->roots[{0}].bytes;"
    each = extent + whole + program.profiled(maps)
    tallies = program.profiled("struct tallies *const T = c->tallies;")
    return " ".join([tallies, *(each.format(i) for i in range(len(program.pointers)))])
