"""The order in which parted lanes run a kernel's blocks, so that they meet again as soon as they can.

Lanes wait before a block while others may still come to it: a block runs after all that lead to it, the head of a loop
after its body where a `continue` leads to it too. Lanes that have returned keep nobody waiting. Then a block without
a loop around it runs once, as on a GPU. Source: Diamos et al., *SIMD Re-Convergence at Thread Frontiers*, MICRO 2011.
"""

from heapq import heapify, heappop, heappush


def order(successors: list[list[int]]) -> list[int]:
    """Of the blocks 0, 1, …, as they are numbered where that will do. successors: of each block."""
    return _order(list(range(len(successors))), successors)


def _order(blocks, successors) -> list[int]:
    inside = set(blocks)
    after = {b: [s for s in successors[b] if s in inside] for b in blocks}
    loops = _loops(blocks, after)
    before = {loop: 0 for loop in loops.values()}
    ways = [(loops[b], loops[s]) for b in blocks for s in after[b] if loops[b] != loops[s]]
    leads = {loop: [] for loop in before}
    for from_, to in ways:
        before[to] += 1
        leads[from_].append(to)
    found, ready = [], [loop for loop, n in before.items() if not n]
    heapify(ready)
    while ready:
        loop = heappop(ready)
        found += _turn(loop, after, successors)
        for to in leads[loop]:
            before[to] -= 1
            if not before[to]:
                heappush(ready, to)
    return found


def _loops(blocks, after) -> dict[int, tuple[int, ...]]:
    """block -> the blocks that it reaches and that reach it, itself included."""
    reach, changed = {b: 1 << b for b in blocks}, True  # sets of blocks, as bits
    while changed:
        changed = False
        for b in reversed(blocks):
            now = reach[b]
            for s in after[b]:
                now |= reach[s]
            if now != reach[b]:
                reach[b], changed = now, True
    loops = {}
    for b in blocks:
        if not any(reach[s] >> b & 1 for s in after[b]):
            loops[b] = (b,)
        elif b not in loops:
            loop = tuple(c for c in blocks if reach[b] >> c & 1 and reach[c] >> b & 1)
            loops |= dict.fromkeys(loop, loop)
    return loops


def _turn(loop, after, successors) -> list[int]:
    """One turn of a loop, or the one block."""
    if len(loop) == 1:
        return [*loop]
    inside = set(loop)
    entered = {s for b in after.keys() - inside for s in after[b] if s in inside}
    head = min(entered or inside)
    rest = _order([b for b in loop if b != head], successors)
    again = sum(head in after[b] for b in loop)
    return [head, *rest] if again == 1 else [*rest, head]
