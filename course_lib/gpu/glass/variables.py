"""The `__device__` and `__constant__` variables of a source: their size, what they hold at first, addresses among it.

A function has an address too: a number of its own, by which a call through a pointer finds it (calls.py).
"""

import re
from typing import NamedTuple


class ModuleArray(NamedTuple):
    """A variable: its size, what it holds at first, and where in it which address belongs."""

    space: str  # "global" or "const"; "unknown" if what it holds is not understood
    size: int
    data: bytes
    links: tuple[tuple[int, str, int], ...] = ()  # (byte, name of a variable or function, to be added)


def module_array(space: str, element: int, count: str | None, values: str | None, number) -> ModuleArray:
    """element: bytes of one; values: "{1, generic(table)+4}" or the like, of which number(text) reads the numbers."""
    data, links = b"", []
    for value in (values or "").strip("{} ").split(","):
        link = re.fullmatch(r"(?:generic\()?([A-Za-z_$][\w$]*)\)?(?:\s*\+\s*(\d+))?", value.strip())
        found = number(value) if value.strip() else None
        if link and element == 8:
            links.append((len(data), link[1], int(link[2] or 0)))
            data += bytes(8)
        elif isinstance(found, int):
            data += (found % (1 << 8 * element)).to_bytes(element, "little")
        elif found is not None:
            space = "unknown"  # whoever uses it is told
    total = element * int(count or 1)
    return ModuleArray(space, total, data.ljust(total, b"\0"), tuple(links))


def function_address(name: str, functions) -> int:
    return 16 * (1 + list(functions).index(name))


def pointed_functions(functions, bodies, variables) -> set[str]:
    """The functions whose address something takes."""
    named = {str(o) for body in bodies for i in body for o in getattr(i, "operands", ()) if i.opcode != "call"}
    named |= {name for variable in variables.values() for _, name, _ in variable.links}
    return named & set(functions)
