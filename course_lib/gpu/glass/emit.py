"""A kernel and a block shape -> one C source: the machine, the operations used, the two halves, the schedule."""

from pathlib import Path
from typing import NamedTuple

from course_lib.gpu.glass import stepping
from course_lib.gpu.glass.access import Root
from course_lib.gpu.glass.checked import grain, talks
from course_lib.gpu.glass.fast import fast_half
from course_lib.gpu.glass.fast_counting import counted_rows, shapes
from course_lib.gpu.glass.instrument import CHECK, PLAIN, PROFILE, STEP
from course_lib.gpu.glass.known import Known
from course_lib.gpu.glass.program import Program, Site
from course_lib.gpu.glass.ptx import PRINTED, Kernel, Variable
from course_lib.gpu.glass.runs import Runs
from course_lib.gpu.glass.spread import spread_half
from course_lib.gpu.glass.syntax import RESERVED
from course_lib.gpu.glass.waiting import ROUNDS

MATRICES = ("PRODUCT(", "MATRIX(", "WMMA_")
WHERE_USED = {  # header -> words in a kernel's C that ask for it
    "half.h": ("as_f16(", "as_bf16(", "bits_f16(", "bits_bf16(", "narrow(", "e4m3(", "e5m2(", *MATRICES),
    "printf.h": ("print_lanes(",),
    "tensor.h": MATRICES,
    "barriers.h": ("wait_at(", "arrives("),
    "async.h": ("copy_async(", "close_group(", "wait_groups(", "wait_all(", "mbarrier_", "copy_bulk("),
    "wide.h": ("exchange_wide(",),
    "mbarrier.h": ("mbarrier_", "copy_bulk("),
}
ALWAYS = ("machine.h", "memory.h", "warp.h", "watch.h", "step.h", "shadow.h", "order.h", "known.h", "schedule.h")
HEADERS = {name: Path(__file__).with_name(name).read_text() for name in (*ALWAYS, *WHERE_USED)}


class Translation(NamedTuple):
    """source: C; sites: where in the CUDA source each access stands; pointers: the arrays that accesses are held to,
    in the order of `launch.roots`; program: what it was made from; grain: of a checked kernel, bytes of a cell of its
    shadow."""

    source: str
    sites: list[Site]
    pointers: list[Root]
    program: Program
    grain: int

    @property
    def counts(self) -> int:
        """How many numbers a watched kernel counts: `struct tallies` of watch.h."""
        if self.program.instrument != PROFILE:
            return 0
        return 8 * len(self.sites) + 32 * counted_rows(self.program) + 4 * self.program.flow.exit


def translate(kernel: Kernel, block: tuple[int, int, int], instrument: str = PLAIN, trusting=False) -> Translation:
    """C for `kernel` in blocks of this shape. Raises Unsupported for an instruction that is not known.

    instrument: PROFILE adds counts of what it does, STEP the record of one warp, CHECK a search for mistakes.
    trusting: of CHECK; reads of what the kernel never writes cost no more than in a plain run, but the first of them
    that goes wrong ends the launch: run.Doubt.
    """
    program = Program(kernel, block, instrument, trusting=trusting)
    if instrument == CHECK:
        program.known = Known(program)
    program.runs = Runs(program)
    spread, fast = spread_half(program), stepping.NO_FAST_HALF if instrument == STEP else fast_half(program)
    shape = zip(
        ("BX", "BY", "BZ", "THREADS", "WARPS", "LOCAL", "ROUNDS"),
        (*block, program.threads, program.warps, kernel.local_size, ROUNDS if program.waits else 0),
        strict=True,
    )
    definitions = program.definitions()
    wanted = [
        HEADERS[h] for h, words in WHERE_USED.items() if any(w in t for w in words for t in (definitions, spread, fast))
    ]
    printed = Root("module", PRINTED)
    if printed in program.pointers:
        n = program.root_number(printed)
        wanted.insert(0, f"#define PRINTED first{n}, bytes{n}")
    patterns = [
        f"static const u32 K{k}[32] = {{{', '.join(str(v & 0xFFFFFFFF) for v in p)}}};"
        for k, p in enumerate(program.patterns)
    ]
    lines = ", ".join(str(line) for line in [*(site.line for site in program.sites), 0])  # C knows no empty list
    check, cell = [], 0
    if instrument == CHECK:
        cell = grain(program)
        own = kernel.shared.get(RESERVED, Variable(RESERVED, 0, 0))
        check = [f"#define TALKS {int(talks(program))}  // through volatile values in global memory"]
        check += [f"#define RESERVED_AT {own.offset}", f"#define RESERVED_BYTES {own.size}"]
        check += [f"static const u32 LINE[] = {{{lines}}};", program.known.tables()]
        check += [HEADERS[name] for name in ("shadow.h", "order.h", "known.h")]
    sizes = {"SITES": len(program.sites), "ROWS": counted_rows(program), "CODE_BLOCKS": program.flow.exit}
    sizes["POINTERS"] = len(program.pointers)
    watch = [*(f"#define {name} {size}" for name, size in sizes.items()), HEADERS["watch.h"]]
    source = [
        *(f"#define {name} {value}" for name, value in shape),
        f"#define STATIC_SHARED {-(-kernel.shared_size // 16) * 16}",
        *([f"#define GRAIN {cell}"] if instrument == CHECK else []),
        HEADERS["machine.h"],
        HEADERS["memory.h"],
        *check,
        *([HEADERS["warp.h"]] if program.uses_warp else []),
        *wanted,
        *(watch if instrument == PROFILE else []),
        *([HEADERS["step.h"]] if instrument == STEP else []),
        *(f"LANES({t})" for t in sorted(program.loaded)),
        *patterns,
        *([shapes(program)] if instrument == PROFILE else []),
        definitions,
        spread,
        fast,
        HEADERS["schedule.h"],
    ]
    return Translation("\n".join(source), program.sites, program.pointers, program, cell)
