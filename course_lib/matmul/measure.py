"""Every rung against cuBLAS on this machine's GPU: `course measure matmul`.

Each product is checked first, then timed in paired rounds (stopwatch.py) on random normal data: zeros would let a
GPU run faster. The share of a rung is the median over rounds of cuBLAS's time over the rung's. What is measured is
kept as it comes, so that a run that is cut short loses nothing.
"""

import functools
import re
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

import numpy as np

from course_lib import gpu, records
from course_lib.errors import UserError
from course_lib.gpu import cuda, libraries, nvrtc, resources
from course_lib.gpu.errors import SetupError
from course_lib.matmul import bfloat16, hopper, launch, tensor
from course_lib.matmul.records import line
from course_lib.matmul.spot_check import SpotCheck
from course_lib.shapes import matmul_flops
from course_lib.stopwatch import Clock, WrongResult, compare

SIZES = (512, 1024, 2048, 4096, 8192, 16384)
WIDE = (32, 8)  # a warp in one row of the block, as the lecture's kernel has it
RUNGS: dict[str, dict[str, Callable]] = {  # number format of A and B -> rung -> what makes its launch
    "float32": {
        "uncoalesced": functools.partial(launch.uncoalesced.ready, block=WIDE),
        "naive": functools.partial(launch.naive.ready, block=WIDE),
        "tiled": functools.partial(launch.tiled.ready, tile=32),
        "thread_tiled_1d": launch.thread_tiled_1d.ready,
        "thread_tiled_2d": launch.thread_tiled_2d.ready,
        "vectorised": launch.vectorised.ready,
        "double_buffered": launch.double_buffered.ready,
        "warp_tiled": launch.warp_tiled.ready,
    },
    "bfloat16": {"wmma": tensor.wmma.ready, "mma_sync": tensor.mma_sync.ready, "wgmma": hopper.wgmma.ready},
}
LIBRARY = "cuBLAS"


def record(sizes, names, rounds: int, longest: float, command: str, keep: Callable = lambda *_: None) -> dict:
    """The whole record of this machine's GPU. names: of the rungs; keep(record so far, a line about what is new):
    after every size and format.

    Raises SetupError without a GPU.
    """
    if not cuda.available():
        raise SetupError(
            "course measure matmul times kernels on a GPU, and this machine has none that CuPy sees; "
            "`course doctor` says what is missing"
        )
    with gpu.use("cuda"):
        told = {
            "kind": "matmul",
            **libraries.conditions(),
            "numpy": np.__version__,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": command,
            "data": "random normal, checked against float64 in some rows and columns before timing",
            "baseline": "cuBLAS: float32 without TF32; bfloat16 in and out, summed in float32",
            "caches": "as the entry before left them: small operands stay in the L2 cache, for all entries alike",
            "clock": gpu.clock().label,
            "rounds": rounds,
            "longest_s": longest,
            "finished": False,
            "kernels": {},
            "times": [],
        }

        def each(rows, kernels):
            told["times"] += rows
            told["kernels"] |= kernels
            keep(told, line(rows))

        measure(sizes, rungs(names), gpu.clock(), libraries.product, rounds, longest, each)
        return told | {"finished": True}


def rungs(names) -> dict[str, dict[str, Callable]]:
    """The rungs of these names. Raises UserError for a name that no rung has."""
    known = [name for family in RUNGS.values() for name in family]
    for name in names or ():
        if name not in known:
            raise UserError(f"there is no rung {name!r}; the rungs are {', '.join(known)}")
    chosen = {f: {n: r for n, r in family.items() if n in (names or known)} for f, family in RUNGS.items()}
    return {f: family for f, family in chosen.items() if family}


def measure(
    sizes, rungs, clock: Clock, baseline: Callable, rounds: int, longest: float, each: Callable = lambda *_: None
) -> tuple[list, dict]:
    """(times, kernels) on the current device. baseline(A, B) -> function that multiplies by a library;
    each(rows, kernels): what has come, after every size and format.

    A rung whose product would take longer than `longest` seconds, judged by its time at a smaller size, is not timed,
    nor one that is wrong, nor one that this GPU cannot run: its row says so. Raises WrongResult for a wrong library.
    """
    times, kernels, seconds = [], {}, {}
    for size in sorted(sizes):
        rng = np.random.default_rng(size)
        numbers = [rng.standard_normal((size, size), np.float32) for _ in "AB"]
        for format_, family in rungs.items():
            operands = [bfloat16.to_bits(x) for x in numbers] if format_ == "bfloat16" else numbers
            A, B = map(gpu.asarray, operands)
            check, entries = SpotCheck(*operands, seed=size), {LIBRARY: baseline(A, B)}
            if not check(_result(entries[LIBRARY])):
                raise WrongResult(f"{LIBRARY} gives a wrong product of {size} rows in {format_}; mend it first")
            rows = {LIBRARY: {}}
            for name, ready in family.items():
                reason = _too_long(seconds.get(name), size, longest)
                try:
                    entry = None if reason else ready(A, B)
                except UserError as error:
                    entry, reason = None, str(error)
                if entry is not None:
                    kernels[entry.file.name] = needs(entry)
                    entry.C.fill(np.nan)  # what lay there before is no product
                if entry is not None and check(_result(entry)):
                    entries[name] = entry
                else:
                    rows[name] = {"rung": name, "skipped": reason or records.WRONG}
            watch = compare(entries, None, clock, rounds)
            seconds |= {name: (size, median(watch.seconds[name])) for name in entries}
            rows |= {name: _row(name, watch, matmul_flops(size, size, size)) for name in entries}
            rows = [{"size": size, "format": format_, **rows[name]} for name in (LIBRARY, *family)]
            times += rows
            each(rows, kernels)
    return times, kernels


def _result(entry):
    """Of one run, an error of which is raised here."""
    result = entry()
    gpu.synchronize()
    return result


def _too_long(before, size, longest) -> str | None:
    """Why a rung is not run at this size; before: (a smaller size, its seconds). Work grows with the cube."""
    if before is None or (expected := before[1] * (size / before[0]) ** 3) <= longest:
        return None
    return f"one product would take about {expected:.1f} s, judged by {before[0]}; the limit is {longest:g} s"


def _row(name, watch, flops):
    return {"rung": name, **records.timing(watch, name, flops, LIBRARY, "share_of_cublas")}


def needs(entry) -> dict:
    """What the kernel of a launch takes: registers and spills, for Hopper and for the architecture its header names."""
    source = entry.file.read_text()
    named = architecture(source)
    target = named if named.endswith("a") else resources.TARGET
    report = resources.report(source, entry.file.name, nvrtc.options(entry.defines), target)
    found = resources.read(report, "matmul")
    return {"architecture": named, "target": target, **found._asdict(), "defines": entry.defines}


def architecture(source: str) -> str:
    """The oldest architecture that a rung runs on, from its header."""
    return re.search(r"Architecture: (sm_\d+a?)", source)[1]
