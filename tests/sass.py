"""The memory instructions of a cubin's machine code (SASS), read without a disassembler.

An instruction of Volta and later has 16 bytes; its lowest 12 bits say what it is, the next four its predicate, bits 73
to 75 how wide a load or store is. NVIDIA documents none of this: it was read off the listings of nvdisasm 13 for sm_90.
"""

import struct
from typing import NamedTuple

REQUESTS = {  # LDG, STG; LDS, STS; LDL, STL; REDG, ATOMG; ATOMS; LDGSTS; LDSM, STSM
    0x981: "global loads", 0x986: "global stores",
    0x984: "shared loads", 0x988: "shared stores", 0x388: "shared stores",
    0x983: "local loads", 0x387: "local stores",
    0x98E: "global atomics", 0x9A6: "global atomics", 0x9A8: "global atomics", 0x3A9: "global atomics",
    0x38C: "shared atomics", 0x38D: "shared atomics",
    0xFAE: "copies to shared", 0x83B: "matrix loads", 0x844: "matrix stores",
}  # fmt: skip
ALWAYS, NEVER = 7, 15  # predicates
BRANCH, EXIT = 0x947, 0x94D
WIDTHS = (1, 1, 2, 2, 4, 8, 16, 16)


class Instruction(NamedTuple):
    """address: bytes from the kernel's begin; kind: of REQUESTS or ""; width: bytes of a lane; target: of a jump."""

    address: int
    kind: str
    width: int
    target: int | None
    guarded: bool
    ends: bool


def instructions(cubin: bytes, symbol: str) -> list[Instruction]:
    """Of one kernel, in order."""
    code = _section(cubin, f".text.{symbol}")
    found = []
    for address in range(0, len(code), 16):
        low, high = struct.unpack_from("<QQ", code, address)
        opcode, width = low & 0xFFF, WIDTHS[high >> 9 & 7]
        target = None
        if opcode == BRANCH:
            offset = (low >> 34) << 8 | low >> 16 & 0xFF
            offset -= 1 << 38 if offset >> 37 else 0
            target = address + 16 + 4 * offset
        predicate = low >> 12 & 15
        kind = "" if predicate == NEVER else REQUESTS.get(opcode, "")
        found.append(Instruction(address, kind, width, target, predicate != ALWAYS, opcode == EXIT))
    return found


def requests(cubin: bytes, symbol: str, trips=()) -> dict[str, tuple[int, int]]:
    """kind -> (requests, bytes of one lane) of one warp that takes no side way.

    trips: how often each loop runs, in the order of the jumps back that close them.
    """
    code = instructions(cubin, symbol)
    end = next(i.address for i in code if i.ends and not i.guarded)
    back = [i for i in code if i.target is not None and i.target <= i.address < end]
    assert len(back) == len(trips), f"{symbol} has {len(back)} loops in its machine code: {back}"
    total = {}
    for i in code:
        if i.kind and i.address <= end:
            runs = 1
            for jump, times in zip(back, trips, strict=True):
                runs *= times if jump.target <= i.address <= jump.address else 1
            n, size = total.get(i.kind, (0, 0))
            total[i.kind] = (n + runs, size + runs * i.width)
    return total


def _section(elf: bytes, name: str) -> bytes:
    """ELF64: the contents of a section."""
    table, each, count, names = struct.unpack_from("<Q", elf, 40)[0], *struct.unpack_from("<HHH", elf, 58)
    headers = [struct.unpack_from("<IIQQQQ", elf, table + each * i) for i in range(count)]
    text = headers[names][4]
    for title, _, _, _, offset, size in headers:
        begin = text + title
        if elf[begin : elf.index(b"\0", begin)].decode() == name:
            return elf[offset : offset + size]
    raise KeyError(name)
