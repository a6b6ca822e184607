"""The C that counts the accesses of the fast half of a profiled kernel, and which of them need none.

Where the lanes of an access keep known distances, its request costs the same every time, or depends on the first
lane's place within a sector alone. Then one increment, or the number of runs of its block of code, says it all.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from course_lib.gpu.glass.access import Access, Root
from course_lib.gpu.glass.counting import map_of, mark_lanes, ways
from course_lib.gpu.glass.lanes import VECTOR, Linear
from course_lib.gpu.glass.linear import Sum
from course_lib.gpu.glass.requests import Request, in_global, in_shared, total
from course_lib.gpu.glass.syntax import Register

RUNS, ALIGNMENT, WARP, STEPS = "runs", "alignment", "warp", "steps"


class Row(NamedTuple):
    """An access of the fast half that is not counted lane by lane.

    by: what tells its requests apart: RUNS: nothing; ALIGNMENT: the first lane's address modulo 32; WARP: the warp;
    STEPS: distances known only at run time, so that the C adds up. units: what one request costs, by that. number: its
    row in the C's `rows`, where it has one. block: of code. shape: as C, of STEPS.
    """

    site: int
    by: str
    block: int
    units: tuple[Request, ...] = ()
    number: int = 0
    shape: str = "{}"

    def cost(self, counts: list[int], runs: int) -> Request:
        """Of all requests. counts: its 32 numbers in the C's `rows`; runs: of its block."""
        if self.by == RUNS:
            return self.units[0].times(runs)
        return total(unit.times(n) for unit, n in zip(self.units, counts, strict=False) if n)


@cache
def _units(space: str, size: int, by: str, addresses: tuple[tuple[int, ...], ...]) -> tuple[Request, ...]:
    """What one request costs. addresses: of 32 lanes: a warp's each; or less the first lane's, for all alignments."""
    serve = in_shared if space == "shared" else in_global
    if by == WARP:
        return tuple(serve(own, size) for own in addresses)
    own = np.array(addresses[0])
    aligned = [serve(own + at, size) for at in range(0, 32, size)]
    return tuple(aligned[at // size] for at in range(32))


def fast_count(program, operands, found: Access, root: Root | None, place: tuple[int, int], first: str) -> str:
    """C that counts an access of all 32 lanes. place: (site, block of code); first: the first lane's address, as C;
    `a` in that C is one address, a few rows, or 32 lanes, as fast_memory.py has it."""
    site, block = place
    base, size = found.address.base, found.size
    kind = operands.kind(base) if isinstance(base, Register) else Linear(0)
    table = program.lanes.tables.get(base) if isinstance(base, Register) else None
    if found.space == "const":
        return _row(program, Row(site, RUNS, block, (Request(1, 32),)), first)
    if found.space == "local":
        return f"count_local(c, {site}, &a, ~0u, {size});"
    if found.space == "shared" and table is not None:
        addresses = tuple(map(tuple, (table + found.address.offset).tolist()))
        return _row(program, Row(site, WARP, block, _units("shared", size, WARP, addresses)), first)
    if kind == VECTOR or found.space not in ("global", "shared"):
        return (
            f"{{ L every = {_every(program, operands, found, first)}; count_lanes(c, {site}, &every, ~0u, {size}); }}"
        )
    if all(c is not None for _, c in kind.coefficients):
        steps = sum((c * np.asarray(pattern) for pattern, c in kind.coefficients), np.zeros(32, int))
        units = _units(found.space, size, ALIGNMENT, (tuple((steps - steps[0]).tolist()),))
        return _row(program, Row(site, ALIGNMENT, block, units), first)
    return _steps(program, operands.linear(base, operands.width(base)), found, place, first)


def _row(program, row: Row, first: str) -> str:
    """Nothing to do when the kernel runs where all alignments, or all warps, cost the same."""
    row = row._replace(by=RUNS) if len(set(row.units)) == 1 else row._replace(number=counted_rows(program))
    program.rows.append(row)
    index = {RUNS: "", ALIGNMENT: f"({first}) & 31", WARP: "w->index"}[row.by]
    return f"T->rows[{row.number}][{index}]++;" if index else ""


def _steps(program, address: Sum, found: Access, place, first: str) -> str:
    numbers = sorted(address.coefficients)
    steps = [address.coefficient(k) for k in numbers] + ["0"] * (3 - len(numbers))
    steps = [f"(u64)(s64)(s{address.bits})({s})" for s in steps]
    patterns = ", ".join([f"K{k}" for k in numbers] + ["0"] * (3 - len(numbers)))
    shape = f"{{{{{patterns}}}, {found.size}, {int(found.space == 'shared')}, {place[0]}}}"
    row = Row(place[0], STEPS, place[1], number=counted_rows(program), shape=shape)
    program.rows.append(row)
    return f"count_steps(T, {row.number}, {first}, {', '.join(steps)});"


def _every(program, operands, found: Access, first: str) -> str:
    """All 32 addresses, as an L."""
    base = found.address.base
    if first == "((const u64 *)&a)[0]":
        return "a"
    if not isinstance(base, Register) or operands.uniform(base):
        return f"splat64({first})"
    address = operands.linear(base, operands.width(base))
    return Sum(64, f"({first})", {k: _wide(address, k) for k in address.coefficients}).lanes()


def _wide(address: Sum, k: int):
    value = address.coefficients[k]
    return value if isinstance(value, int) else f"(u64)(s64)(s{address.bits})({value})"


def counted_rows(program) -> int:
    """How many rows have a place in the C."""
    return sum(r.by != RUNS for r in program.rows)


def shapes(program) -> str:
    """The C's SHAPES: a shape for each row that has a place there."""
    rows = [r for r in program.rows if r.by != RUNS]
    return f"static const struct shape SHAPES[ROWS + 1] = {{{', '.join([r.shape for r in rows] + ['{}'])}}};"


# ---- which sectors are touched at all ----


def fast_mark(program, found: Access, root: Root | None, how: str, rows=(), width=0, step="0") -> str:
    """C that marks an access of all 32 lanes at `a`. how: "uniform", "rows" or "lanes", as fast_memory.py has them."""
    if found.space not in ("global", ""):
        return ""
    touched = [map_of(program, root, loads) for loads in ways(found)]
    if how == "lanes" or None in touched:
        lanes = {"uniform": "splat64(a)", "rows": "", "lanes": "a"}[how]
        if how == "rows":
            each = f"for (u32 i = 0; i < 32; i++) ((u64 *)&every)[i] = a[i / {width}] + (u64)step * (i % {width});"
            lanes = f"({{ L every; {each} every; }})"
        marks = " ".join(mark_lanes(program, root, found.space, loads, "~0u", "every") for loads in ways(found))
        return f"{{ L every = {lanes}; {marks} }}"
    if how == "uniform":
        return " ".join(f"mark({name}, a);" for name in touched)
    return " ".join(_mark_rows(name, [f"a[{i}]" for i in rows], width, "step", found.size) for name in touched)


def _mark_rows(touched: str, rows: list[str], width: int, step: str, size: int) -> str:
    """C that marks rows of `width` lanes. rows: distinct first addresses, as C; step: between lanes, as C."""
    text = [f"if ({step} == {size}) {{ {' '.join(f'mark_run({touched}, {r}, {size * width});' for r in rows)} }}"]
    text.append(f"else if ({step} == 0) {{ {' '.join(f'mark({touched}, {r});' for r in rows)} }}")
    lanes = " ".join(f"mark({touched}, {r} + (u64)step * i);" for r in rows)
    text.append(f"else for (u64 i = 0; i < {width}; i++) {{ {lanes} }}")
    return " ".join(text)
