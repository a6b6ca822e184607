"""Every rung against cuBLAS on this machine's GPU: `course measure matmul`.

Each product is checked first, then timed in paired rounds (stopwatch.py) on random normal data: zeros would let a
GPU run faster. The share of a rung is the median over rounds of cuBLAS's time over the rung's.
"""

import functools
import re
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

import numpy as np

from course_lib import gpu, records
from course_lib.errors import UserError
from course_lib.gpu import cuda, nvrtc, resources
from course_lib.gpu.errors import SetupError, Unsupported
from course_lib.matmul import bfloat16, hopper, launch, tensor
from course_lib.matmul.spot_check import SpotCheck
from course_lib.shapes import matmul_flops
from course_lib.stopwatch import Clock, compare

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


def record(sizes, names, rounds: int, longest: float, command: str) -> dict:
    """The whole record of this machine's GPU. names: of the rungs. Raises SetupError without a GPU."""
    if not cuda.available():
        raise SetupError(
            "course measure matmul times kernels on a GPU, and this machine has none that CuPy sees; "
            "`course doctor` says what is missing"
        )
    with gpu.use("cuda"):
        begun = datetime.now(UTC).isoformat(timespec="seconds")
        times, kernels = measure(sizes, rungs(names), gpu.clock(), cuda.product, rounds, longest)
        return {
            "kind": "matmul",
            **cuda.conditions(),
            "numpy": np.__version__,
            "date": begun,
            "command": command,
            "data": "random normal, checked against float64 in some rows and columns before timing",
            "baseline": "cuBLAS: float32 without TF32; bfloat16 in and out, summed in float32",
            "clock": gpu.clock().label,
            "rounds": rounds,
            "longest_s": longest,
            "kernels": kernels,
            "times": times,
        }


def rungs(names) -> dict[str, dict[str, Callable]]:
    """The rungs of these names. Raises UserError for a name that no rung has."""
    known = [name for family in RUNGS.values() for name in family]
    for name in names or ():
        if name not in known:
            raise UserError(f"there is no rung {name!r}; the rungs are {', '.join(known)}")
    chosen = {f: {n: r for n, r in family.items() if n in (names or known)} for f, family in RUNGS.items()}
    return {f: family for f, family in chosen.items() if family}


def measure(sizes, rungs, clock: Clock, baseline: Callable, rounds: int, longest: float) -> tuple[list, dict]:
    """(times, kernels) on the current device. baseline(A, B) -> function that multiplies by a library.

    A rung whose product would take longer than `longest` seconds, judged by its time at a smaller size, is not run;
    its row says so. A rung that this GPU cannot run has a row that says why.
    """
    times, kernels, seconds = [], {}, {}
    for size in sorted(sizes):
        for format_, family in rungs.items():
            rng = np.random.default_rng(size)
            operands = [rng.standard_normal((size, size), np.float32) for _ in "AB"]
            if format_ == "bfloat16":
                operands = [bfloat16.to_bits(x) for x in operands]
            A, B = map(gpu.asarray, operands)
            entries, rows = {LIBRARY: baseline(A, B)}, {LIBRARY: {}}
            for name, ready in family.items():
                try:
                    reason = _too_long(seconds.get(name), size, longest)
                    entry = None if reason else ready(A, B)
                except (SetupError, Unsupported) as error:
                    entry, reason = None, str(error)
                rows[name] = {"rung": name, "skipped": reason}
                if entry is None:
                    continue
                entries[name] = entry
                kernels[entry.file.name] = needs(entry)
            check = SpotCheck(*operands, seed=size)
            watch = compare(entries, check, clock, rounds)
            seconds |= {name: (size, median(watch.seconds[name])) for name in entries}
            rows |= {name: _row(name, watch, matmul_flops(size, size, size)) for name in entries}
            times += [{"size": size, "format": format_, **row} for row in rows.values()]
    return times, kernels


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
