"""Barriers in shared memory (mbarrier) and the copies that report to them, for both halves; their C is in mbarrier.h.

What cuda::barrier, cuda::pipeline and cuda::memcpy_async are made of. Source: PTX ISA 9.0, "Parallel Synchronization
and Communication Instructions: mbarrier" and "Data Movement: cp.async.bulk".
"""

import re
from functools import cache

from course_lib.gpu.glass.ptx import Instruction

SPACE = r"\.shared(?:::cta|::cluster)?"
ORDER = r"(?:\.(?:relaxed|acquire|release))?(?:\.(?:cta|cluster))?"
# what an instruction is called in mbarrier.h -> its opcode, and whether it gives a state, a truth, or nothing
FORMS = {
    "init": (rf"mbarrier\.init(?:{SPACE})?\.b64", ""),
    "inval": (rf"mbarrier\.inval(?:{SPACE})?\.b64", ""),
    "arrive": (rf"mbarrier\.arrive(?:\.noComplete)?{ORDER}(?:{SPACE})?\.b64", "state"),
    "arrive_drop": (rf"mbarrier\.arrive_drop(?:\.noComplete)?{ORDER}(?:{SPACE})?\.b64", "state"),
    "arrive_expect_tx": (rf"mbarrier\.arrive\.expect_tx{ORDER}(?:{SPACE})?\.b64", "state"),
    "expect_tx": (rf"mbarrier\.expect_tx{ORDER}(?:{SPACE})?\.b64", ""),
    "complete_tx": (rf"mbarrier\.complete_tx{ORDER}(?:{SPACE})?\.b64", ""),
    "test_wait": (rf"mbarrier\.(?:test|try)_wait{ORDER}(?:{SPACE})?\.b64", "truth"),
    "test_wait_parity": (rf"mbarrier\.(?:test|try)_wait\.parity{ORDER}(?:{SPACE})?\.b64", "truth"),
    "follow": (rf"cp\.async\.mbarrier\.arrive(?:{SPACE})?\.b64", ""),
    "follow_noinc": (rf"cp\.async\.mbarrier\.arrive\.noinc(?:{SPACE})?\.b64", ""),
}
BULK = rf"cp\.async\.bulk{SPACE}\.global\.mbarrier::complete_tx::bytes"
BULK_BACK = rf"cp\.async\.bulk\.global{SPACE}\.bulk_group"
STRONG, MADE, COPIES = "READS | WRITES | STRONG", "WRITES", "WRITES | COPIES"  # of shadow.h
NOTHING = r"cp\.async\.bulk\.(?:commit_group|wait_group(?:\.read)?)"  # such copies have been made at once


def is_delivery(instruction: Instruction) -> bool:
    return _is_delivery(instruction.opcode)


@cache
def _is_delivery(opcode: str) -> bool:
    if any(re.fullmatch(form, opcode) for form, _ in FORMS.values()):
        return True
    return any(re.fullmatch(form, opcode) for form in (BULK, BULK_BACK, NOTHING))


def delivery(half, instruction: Instruction, addresses, check, site: int) -> list[str]:
    """C for such an instruction. addresses(address, space) -> 32 lanes; check(half, loads, address, space, type, bytes,
    lanes, does) -> C, for a checked kernel with the flags of shadow.h."""
    if re.fullmatch(NOTHING, instruction.opcode):
        return []
    if re.fullmatch(BULK, instruction.opcode) or re.fullmatch(BULK_BACK, instruction.opcode):
        return _bulk(half, instruction, addresses, check, site)
    name, gives = next((n, g) for n, (form, g) in FORMS.items() if re.fullmatch(form, instruction.opcode))
    first, *rest = instruction.operands
    result, address, values = (first, rest[0], rest[1:]) if gives else (None, first, rest)
    space = "shared" if ".shared" in instruction.opcode else ""
    checked = check(half, False, address, space, "u64", 8, does=MADE if name == "init" else STRONG)
    text = [f"{{ L a = {addresses(address, space)}, r; {checked}; (void)r;"]
    y = half.lanes(values[0], 64) if name == "test_wait" else f"widen32({half.lanes(values[0] if values else 1, 32)})"
    text.append(f"L y = {y}; u32 ok = mbarrier_{name}(c, w, &r, &a, &y, {half.mask}); (void)ok;")
    if gives and result != "_":
        text.append(half.assign(result, "ok" if gives == "truth" else "r"))
    return [*text, "}"]


def _bulk(half, instruction, addresses, check, site):
    to, source, size, *barrier = instruction.operands
    into, out_of = ("shared", "global") if barrier else ("global", "shared")
    looked = half._replace(mask="m")
    reads = check(looked, True, source, out_of, "u32", 16, "e")
    writes = check(looked, False, to, into, "u32", 16, "e", COPIES if barrier else MADE)
    text = [
        f"{{ L a = {addresses(to, into)}, b = {addresses(source, out_of)};",
        f"R size = {half.lanes(size, 32)}, good = size;",
        f"for (u32 n = 0, m; (m = bulk_lanes(&good, n, {half.mask})); n++) {{",
        f"{{ L e = bulk_place(&b, &size, n); {reads}; m &= ~bulk_ends(&good, n, lost(&e)); }}",
        f"{{ L e = bulk_place(&a, &size, n); {writes}; bulk_ends(&good, n, lost(&e)); }} }}",
    ]
    if barrier:
        checked = check(half, False, barrier[0], "shared", "u64", 8, "bar", STRONG)
        text.append(f"L bar = {addresses(barrier[0], 'shared')}; {checked};")
    return [*text, f"copy_bulk(c, {site}, &a, &b, &size, &good, {'&bar' if barrier else '0'}, {half.mask}); }}"]
