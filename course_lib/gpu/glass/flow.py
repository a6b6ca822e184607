"""The control flow of a kernel: basic blocks, which registers are alive where, and where divergent lanes meet again.

Block i falls through to block i + 1; block number len(blocks) is the exit. Sources: Aho, Lam, Sethi, Ullman,
*Compilers*, 9.1 and 9.2 (dominators, liveness); immediate post-dominators as reconvergence points are what GPUs use
(Fung et al., MICRO 2007).
"""

from dataclasses import dataclass, field

from course_lib.gpu.glass.plain import plain
from course_lib.gpu.glass.ptx import Instruction, Kernel, Label
from course_lib.gpu.glass.syntax import Address, Register, Symbol

ENDS_BLOCK = ("bra", "ret", "exit", "trap", "bar", "barrier")
SILENT = (
    "membar",
    "fence",
    "prefetch",
    "prefetchu",
    "nanosleep",
    "pmevent",
    "brkpt",
    "griddepcontrol",
    "discard",
    "applypriority",
)
WRITES_NOTHING = (*ENDS_BLOCK, *SILENT, "st", "red", "call", "cp", "stmatrix", "arrive")


@dataclass
class Block:
    instructions: list[Instruction] = field(default_factory=list)
    successors: list[int] = field(default_factory=list)


@dataclass
class Flow:
    blocks: list[Block]
    labels: dict[str, int]

    def __post_init__(self):
        self.live_in = _liveness(self.blocks)
        self.meets_at = _immediate_post_dominators(self.blocks)

    @property
    def exit(self) -> int:
        return len(self.blocks)

    def region(self, block: int) -> set[int]:
        """The blocks between a branch and the place where its two sides meet."""
        stop, seen, stack = self.meets_at[block], set(), list(self.blocks[block].successors)
        while stack:
            at = stack.pop()
            if at not in seen and at != stop and at != self.exit:
                seen.add(at)
                stack += self.blocks[at].successors
        return seen

    def comes_back(self, block: int) -> bool:
        """Whether lanes that part at this branch meet again without waiting for other warps on the way."""
        waits = any(is_barrier(i) for b in self.region(block) for i in self.blocks[b].instructions)
        return self.meets_at[block] != self.exit and not waits

    def defined_in(self, blocks) -> set[Register]:
        return {r for b in blocks for i in self.blocks[b].instructions for r in defines(i)}

    def used_in(self, blocks) -> set[Register]:
        return {r for b in blocks for i in self.blocks[b].instructions for r in uses(i)}

    def unsaved(self) -> tuple[list[set[Register]], list[set[Register]]]:
        """Per block, what may have been written since the last barrier: only that must be saved at the next one.

        And the same for a warp that has not been at any barrier.
        """
        barriers = [n for n, block in enumerate(self.blocks) if is_barrier(block.instructions[-1])]
        everything = {r for block in self.blocks for i in block.instructions for r in defines(i)}
        return self._written_since({n + 1: set() for n in barriers}), self._written_since({0: everything})

    def _written_since(self, sources: dict[int, set[Register]]) -> list[set[Register]]:
        """sources: where a warp begins -> what is not saved there."""
        unsaved: list = [sources.get(n) for n in range(self.exit + 1)]  # None: not reached
        changed = True
        while changed:
            changed = False
            for number, block in enumerate(self.blocks):
                if unsaved[number] is None or is_barrier(block.instructions[-1]):
                    continue
                after = unsaved[number] | self.defined_in([number])
                for successor in block.successors:
                    if unsaved[successor] is None or not after <= unsaved[successor]:
                        unsaved[successor] = after | (unsaved[successor] or set())
                        changed = True
        return [found or set() for found in unsaved]

    def target(self, instruction) -> int:
        return self.labels[instruction.operands[0]]


def is_barrier(instruction: Instruction) -> bool:
    """Whether it waits for other warps."""
    return instruction.parts[0] in ("bar", "barrier") and instruction.opcode != "bar.warp.sync"


def defines(instruction: Instruction) -> list[Register]:
    """Registers that the instruction writes: its first operand, `%p1|%p2` and `{%f1, %f2}` being two."""
    if instruction.parts[0] in WRITES_NOTHING or instruction.parts[:2] == ["wmma", "store"]:
        return []
    first = instruction.operands[0] if instruction.operands else ()
    names = first if type(first) is tuple else (first,)
    return [Register(n) for name in names if isinstance(name, Register) for n in name.split("|") if n != "_"]


def uses(instruction: Instruction) -> list[Register]:
    """Registers that the instruction reads, its guard included."""
    read = [instruction.guard[0]] if instruction.guard else []
    for operand in instruction.operands[1 if defines(instruction) else 0 :]:
        for part in operand if type(operand) is tuple else (operand,):
            base = part.base if isinstance(part, Address) else part
            if isinstance(base, Register):
                read.append(base)
    return read


def analyse(kernel: Kernel, begins_block=lambda instruction: False) -> Flow:
    """Cut the kernel into blocks. A guarded instruction becomes a branch around it, a barrier ends its block."""
    blocks, labels = [Block()], {}

    def start():
        if blocks[-1].instructions:
            blocks.append(Block())
        return len(blocks) - 1

    for item in plain(kernel.body):
        if isinstance(item, Label):
            labels[item.name] = start()
        elif item.guard and item.parts[0] != "bra":
            predicate, negated = item.guard
            skip = Symbol(f"$after_{len(blocks)}_{len(labels)}")
            blocks[-1].instructions.append(Instruction("bra", [skip], item.line, (predicate, not negated)))
            start()
            blocks[-1].instructions.append(Instruction(item.opcode, item.operands, item.line))
            labels[skip] = start()
        else:
            if begins_block(item):
                start()
            blocks[-1].instructions.append(item)
            if item.parts[0] in ENDS_BLOCK:
                start()
    if not blocks[-1].instructions and len(blocks) > 1:
        blocks.pop()
    if not blocks[0].instructions:  # a kernel of which the compiler left nothing
        blocks[0].instructions.append(Instruction("ret", [], 0))
    for number, block in enumerate(blocks):
        block.successors = _successors(block, number, labels, len(blocks))
    return Flow(blocks, {name: min(at, len(blocks)) for name, at in labels.items()})


def _successors(block, number, labels, exit_):
    last = block.instructions[-1]
    if last.parts[0] == "bra":
        target = min(labels[last.operands[0]], exit_)
        return [target] if last.guard is None else [target, number + 1]
    return [exit_] if last.parts[0] in ("ret", "exit", "trap") else [number + 1]


def _liveness(blocks):
    """live_in[b] = used before defined in b, or alive after b and not defined in b; iterated to the fixed point."""
    used, defined = [], []
    for block in blocks:
        before, written = set(), set()
        for instruction in block.instructions:
            before |= set(uses(instruction)) - written
            written |= set(defines(instruction))
        used.append(before)
        defined.append(written)
    live_in = [set() for _ in range(len(blocks) + 1)]
    changed = True
    while changed:
        changed = False
        for b in reversed(range(len(blocks))):
            after = set().union(*(live_in[s] for s in blocks[b].successors))
            now = used[b] | (after - defined[b])
            if now != live_in[b]:
                live_in[b], changed = now, True
    return live_in


def _immediate_post_dominators(blocks):
    """For each block the first block that every path from it to the exit passes through."""
    exit_ = len(blocks)
    sets = [set(range(exit_ + 1)) for _ in range(exit_)] + [{exit_}]
    changed = True
    while changed:
        changed = False
        for b in reversed(range(exit_)):
            now = {b} | set.intersection(*(sets[s] for s in blocks[b].successors))
            if now != sets[b]:
                sets[b], changed = now, True
    strict = [sets[b] - {b} for b in range(exit_)]
    return [max(s, key=lambda at: len(sets[at]), default=exit_) for s in strict]
