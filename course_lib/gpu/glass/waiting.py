"""Loops that wait for other threads: a lock, a flag, a ticket, the barrier of a grid. Their warps take turns.

On a GPU every resident warp moves on by itself. Here a core runs one warp at a time, so a warp that goes round such a
loop hands the core on after a few rounds, and a block whose warps all wait is put aside while another runs
(schedule.h). A kernel without such a loop has none of this in its C.
"""

from course_lib.gpu.glass.flow import Flow, defines, is_barrier, uses
from course_lib.gpu.glass.ptx import Instruction

FRESH = {"volatile", "relaxed", "acquire", "mmio"}  # loads that see what others write meanwhile
FENCES = ("membar", "fence", "nanosleep")  # with one of these in the loop, so do plain loads
ROUNDS = 16  # of such a loop before the next warp has its turn


def waiting_jumps(flow: Flow) -> frozenset[int]:
    """The blocks that end in the backward jump of a loop that waits."""
    jumps = (
        (number, target)
        for number, block in enumerate(flow.blocks)
        if block.instructions[-1].parts[0] == "bra" and (target := flow.target(block.instructions[-1])) <= number
    )
    before = [[] for _ in range(flow.exit + 1)]
    for number, block in enumerate(flow.blocks):
        for successor in block.successors:
            before[successor].append(number)
    return frozenset(number for number, target in jumps if _waits(flow, _loop(before, number, target)))


def _loop(before, jump: int, target: int) -> set[int]:
    """The natural loop of a backward jump: what reaches it without passing its target again."""
    found, stack = {target, jump}, [jump] if jump != target else []
    while stack:
        for number in before[stack.pop()]:
            if number not in found:
                found.add(number)
                stack.append(number)
    return found


def _waits(flow: Flow, loop: set[int]) -> bool:
    """Whether what it reads of other threads' writing decides a branch in it, perhaps by way of a barrier."""
    body = [i for number in loop for i in flow.blocks[number].instructions]
    fenced = any(i.parts[0] in FENCES for i in body)
    reads = [i for i in body if _is_fresh(i, fenced)]
    if not reads:
        return False
    if any(is_barrier(i) for i in body):
        return True
    decisive = {i.guard[0] for i in body if i.guard}
    while True:
        more = {r for i in body if decisive & set(defines(i)) for r in uses(i)} - decisive
        if not more:
            return any(decisive & set(defines(i)) for i in reads)
        decisive |= more


def _is_fresh(instruction: Instruction, fenced: bool) -> bool:
    parts = instruction.parts
    if parts[0] == "ld":
        return bool(FRESH & set(parts)) or (fenced and not {"param", "local", "const"} & set(parts))
    return parts[0] in ("atom", "mbarrier")
