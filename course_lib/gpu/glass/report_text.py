"""A profile as text: the listing with its numbers, what the kernel takes of a machine, what would bound it there."""

from course_lib.gpu.glass.estimate import MEMORY, seconds

UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def bytes_in_words(n: float) -> str:
    return amount(n) + "B"


def amount(n: float) -> str:
    """Three digits and a prefix: 1234567 -> "1.23 M"."""
    for size, prefix in UNITS:
        if n >= 0.9995 * size:
            return f"{n / size:.3g} {prefix}"
    return f"{n:.3g} "


def several(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _if(shown, value, form):
    return (format(value, form), value) if shown else ("", 0)


COLUMNS = {  # head: (what it says, line -> (as text, as a number))
    "line": ("the number of the source line", lambda line: (str(line.number), line.number)),
    "instructions": ("of warps, as PTX has them", lambda line: (f"{line.instructions:,}", line.instructions)),
    "lanes": ("active, of 32, on average", lambda line: (f"{line.active_lanes:.1f}", line.active_lanes)),
    "parted": (
        "branches whose lanes took both ways, of all that ran",
        lambda line: _if(line.parted, line.divergence, ".0%"),
    ),
    "requests": (
        "accesses of warps to memory",
        lambda line: _if(line.requests, sum(line.requests.values()), ",d"),
    ),
    "sectors/request": (
        "pieces of 32 bytes that one request of global memory moves",
        lambda line: _if(line.global_requests, line.sectors_per_request, ".2f"),
    ),
    "ideal": (
        "the fewest sectors that could hold what was asked for",
        lambda line: _if(line.global_requests, line.ideal_sectors_per_request, ".2f"),
    ),
    "moved": (
        "bytes of global memory, if no cache helped",
        lambda line: (bytes_in_words(line.bytes_moved), line.bytes_moved) if line.global_requests else ("", 0),
    ),
    "used": (
        "share of the moved bytes that was asked for",
        lambda line: _if(line.global_requests, line.used / max(1, line.bytes_moved), ".0%"),
    ),
    "bank passes": (
        "over the banks of shared memory, for each that was needed",
        lambda line: _if(line.shared_requests, line.bank_conflict, ".2f"),
    ),
    "worst": ("most passes of one request", lambda line: _if(line.shared_requests, line.worst, "d")),
    "local": (
        "bytes that arrays and spills of single threads move",
        lambda line: (bytes_in_words(line.local_moved), line.local_moved) if line.local_moved else ("", 0),
    ),
    "flops": ("floating-point operations of active lanes", lambda line: _if(line.flops, line.flops, ",d")),
    "flops/byte": (
        "flops for each byte that this line moved",
        lambda line: _if(line.flops and line.bytes_moved, line.intensity, ".2f"),
    ),
}


def table(profile) -> tuple[list[str], list[list[tuple[str, float]]]]:
    """(heads, rows of (text, number)), without the columns that no line has anything for."""
    rows = [[cell(line) for _, cell in COLUMNS.values()] for line in profile.listing()]
    kept = [i for i in range(len(COLUMNS)) if any(row[i][0] for row in rows)]
    return [list(COLUMNS)[i] for i in kept], [[row[i] for i in kept] for row in rows]


def text(profile) -> str:
    """All of it, a line for each source line that ran."""
    heads, rows = table(profile)
    cells = [
        [*heads, "source"],
        *([t for t, _ in row] + [line.source] for row, line in zip(rows, profile.listing(), strict=True)),
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join([*(c.rjust(w) for c, w in zip(row, widths, strict=False)), code]) for *row, code in cells]
    return "\n".join([title(profile), *lines, "", *facts(profile), *judgement(profile)])


def title(profile) -> str:
    size = f"{several(profile.blocks, 'block')} of {several(profile.threads, 'thread')}"
    return f"{profile.kernel} ({profile.filename}), the whole grid: {size}"


def facts(profile) -> list[str]:
    """What was counted, exactly, in sentences."""
    moved, used = profile.total("bytes_moved"), profile.total("used")
    share = f", {used / moved:.0%} of them asked for" if moved else ""
    lines = [
        f"{profile.total('instructions'):,} warp instructions: {_by_kind(profile.sum('kinds'))}",
        f"{profile.total('flops'):,} flops{_types(profile)}; {profile.intensity:.2f} flops a byte",
        f"{moved:,} bytes of global memory moved{share}",
        f"global memory touched at all: {profile.read:,} bytes read, {profile.written:,} written, in whole sectors",
    ]
    if requests := profile.sum("requests"):
        lines.append("requests: " + ", ".join(f"{n:,} {kind}" for kind, n in requests.most_common()))
    branches, parted = profile.total("branches"), profile.total("parted")
    if parted:
        lines.append(f"{parted:,} of {branches:,} branches parted their lanes ({parted / branches:.1%})")
    return lines


def _by_kind(kinds):
    whole = sum(kinds.values()) or 1
    return ", ".join(f"{kind} {n / whole:.0%}" for kind, n in kinds.most_common() if n / whole >= 0.005)


def _types(profile):
    types = {k: n for k, n in profile.sum("work").items() if n}
    if not types or set(types) == {"fp32"}:
        return ""
    return f" ({', '.join(f'{k} {n:,}' for k, n in types.items())})"


def judgement(profile) -> list[str]:
    """What the kernel takes of the machine, where it stands under its roofline, and what would bound it."""
    found = profile.estimate
    name, lines = found.machine.name, []
    if found.occupancy:
        o, dynamic = found.occupancy, profile.dynamic_shared
        dynamic = f", {dynamic:,} of dynamic" if dynamic else ""
        lines.append(
            f"on one {name}: {found.resources}{dynamic}; a multiprocessor holds {several(o.blocks, 'block')}, "
            f"{o.warps} of {found.machine.sm.warps} warps ({o.fraction:.0%}), limited by {o.limited_by}"
        )
    lines += roofline(found)
    order = sorted((item for item in found.times.items() if item[0] != MEMORY), key=lambda item: -item[1])
    low, high = seconds(found.times[MEMORY]), seconds(found.uncached)
    units = ", ".join([f"memory {low} (perfect caches) to {high} (none)", *(f"{u} {seconds(t)}" for u, t in order)])
    lines.append(f"estimate for one {name}, a model and not a measurement: {found.verdict}")
    lines.append(f"  time that each unit would need alone: {units}")
    return [*lines, *(f"  note: {note}" for note in found.notes)]


def roofline(found) -> list[str]:
    """The position under the roofline in words."""
    if found.peak is None:
        return []
    (a, b), (low, high) = found.intensities, found.attainable
    ridge, here = found.peak / found.machine.bandwidth, f"{a:.2f} (no caches) to {b:.2f} (perfect ones)"
    most = f"{amount(low)}flop/s to {amount(high)}flop/s of {amount(found.peak)}flop/s"
    return [f"roofline of {found.kind}: ridge at {ridge:.1f} flops a byte; this kernel at {here}, so at most {most}"]
