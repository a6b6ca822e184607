"""The C that counts the accesses of a profiled kernel, and marks what they touch; "" in any other kernel.

fast_counting.py has what the fast half can spare of it; watch.h has the functions.
"""

from course_lib.gpu.glass.access import Access, Root


def map_of(program, root: Root | None, loads: bool) -> str | None:
    """The C variable of a root's map; None where the array is not known."""
    if root is None or root.space not in ("global", "module"):
        return None
    return f"{'loads' if loads else 'stores'}{program.root_number(root)}"


def mark_lanes(program, root: Root | None, space: str, loads: bool, mask: str, name: str = "a") -> str:
    """C that marks what the lanes in `mask` touch at the addresses `name`."""
    if space not in ("global", ""):
        return ""
    touched = map_of(program, root, loads)
    if touched is None:
        return program.profiled(f"mark_open(c, {int(not loads)}, &{name}, {mask});")
    return program.profiled(f"mark_lanes({touched}, &{name}, {mask});")


def spread_count(program, found: Access, root: Root | None, site: int) -> str:
    """C that counts and marks an access of the lanes in `am`; `a` holds their addresses."""
    if found.space == "const":
        return program.profiled(f"count_only(c, {site}, am);")
    if found.space == "local":
        return program.profiled(f"count_local(c, {site}, &a, am, {found.size});")
    marks = [mark_lanes(program, root, found.space, loads, "am") for loads in ways(found)]
    return " ".join([program.profiled(f"count_lanes(c, {site}, &a, am, {found.size});"), *marks])


def ways(found: Access):
    return (True, False) if found.atomic else (found.loads,)


def lanes_count(program, half, name: str, size: int, kind: str) -> str:
    """C that counts the access whose check was written last: pieces of `size` bytes at the addresses `name`.

    kind: of request; "" for what another access is counted for.
    """
    site = len(program.sites) - 1
    program.request_kinds[site] = kind
    reported = program.sites[site]
    marks = mark_lanes(program, reported.root, "global", True, half.mask, name) if reported.reads_global else ""
    return program.profiled(f"count_lanes(c, {site}, &{name}, {half.mask}, {size}); {marks}")


def fragment_count(program, found, size: int) -> str:
    """C that counts a wmma load or store, whose check was written last; found: isa.tensor.Fragment."""
    site = len(program.sites) - 1
    program.request_kinds[site] = "matrix loads" if found.loads else "matrix stores"
    lines, along = (found.columns, found.rows) if found.by_column else (found.rows, found.columns)
    touched = map_of(program, program.sites[site].root, found.loads) or "0"
    step = f"(u64)word_of(&across, 0) * {size}"
    where = f"((const u64 *)&base)[0], {step}, {lines}, {along * size}, {touched}, {int(not found.loads)}"
    return program.profiled(f"count_matrix(c, {site}, {where});")
