"""Every algorithm against cuDNN on this machine's GPU: `course measure conv`.

Array functions run on CuPy's arrays, whose matrix products are cuBLAS's; beside them the course's own kernels. Each
result is checked at some places first, then timed in paired rounds (stopwatch.py) on random normal data. The share of
an algorithm is the median over rounds of cuDNN's time over its own. Then, which is the fastest when (fastest.py). What
is measured is kept as it comes, so that a run that is cut short loses nothing.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import numpy as np

from course_lib import gpu, records
from course_lib.conv import problem
from course_lib.conv.algorithms import FAST, Algorithm
from course_lib.conv.fastest import MOST_BYTES
from course_lib.conv.fastest import measure as fastest
from course_lib.conv.kernels import direct, im2col, implicit_gemm, winograd
from course_lib.conv.layers import LAYERS, Layer
from course_lib.conv.records import line, line_of_point
from course_lib.conv.spot_check import SpotCheck
from course_lib.errors import UserError
from course_lib.gpu import cuda, libraries
from course_lib.gpu.errors import KernelError, SetupError
from course_lib.shapes import conv_flops
from course_lib.stopwatch import Clock, WrongResult, compare

BATCH = {"AlexNet": 128, "VGG": 32}  # images of a layer of that network
KERNELS = {
    f"{name}.cu": Algorithm(module)
    for name, module in (
        ("direct", direct),
        ("im2col", im2col),
        ("implicit_gemm", implicit_gemm),
        ("winograd", winograd),
    )
}
EVERY = {**FAST, **KERNELS}
LIBRARY = "cuDNN"


def record(names, rounds: int, longest: float, seconds: float, command: str, keep: Callable = lambda *_: None) -> dict:
    """The whole record of this machine's GPU. names: of layers, None for all; seconds: for which is the fastest when;
    keep(record so far, a line about what is new): after every layer, and every point of which is the fastest.

    Raises SetupError without a GPU, UserError for a name that no layer has.
    """
    chosen = layers(names)
    if not cuda.available():
        raise SetupError(
            "course measure conv times convolutions on a GPU, and this machine has none that CuPy sees; "
            "`course doctor` says what is missing"
        )
    with gpu.use("cuda"):
        clock = gpu.clock()
        told = {
            "kind": "conv",
            **libraries.conditions(),
            "numpy": np.__version__,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": command,
            "data": "random normal, checked against float64 at some places before timing",
            "baseline": "cuDNN through PyTorch, the fastest of its algorithms, float32 without TF32",
            "clock": clock.label,
            "rounds": rounds,
            "longest_s": longest,
            "finished": False,
            "times": [],
            "fastest": [],
        }

        def timed(rows):
            told["times"] += rows
            keep(told, line(rows))

        def found(point):
            told["fastest"].append(point._asdict())
            keep(told, line_of_point(point))

        measure(chosen, EVERY, clock, libraries.convolution, rounds, longest, each=timed)
        sizes = {"channels": (16, 64, 256), "batches": (1, 16, 128), "images": (14, 28, 56)}
        how = {"rounds": 3, "algorithms": EVERY, "asarray": gpu.asarray, "clock": clock, "each": found}
        fastest(**sizes, seconds=seconds, **how)
        return told | {"finished": True}


def layers(names) -> dict[str, Layer]:
    """The layers of these names. Raises UserError for a name that no layer has."""
    for name in names or ():
        if name not in LAYERS:
            raise UserError(f"there is no layer {name!r}; the layers are {', '.join(LAYERS)}")
    return {name: layer for name, layer in LAYERS.items() if name in (names or LAYERS)}


def measure(
    layers: Mapping[str, Layer],
    algorithms: Mapping[str, Algorithm],
    clock: Clock,
    baseline: Callable,
    rounds: int,
    longest: float,
    batch: int | None = None,
    each: Callable = lambda rows: None,
) -> list[dict]:
    """A row for each layer and algorithm, on the current device; batch: images, if not as many as BATCH says.

    baseline(x, w, stride, padding) -> function that convolves by a library; each(rows): what has come, after every
    layer. An algorithm that is wrong, refuses the layer, needs more than 2 GiB of workspace, or in its first run
    takes longer than `longest` seconds, is not timed; its row says so. Raises WrongResult if the library is wrong.
    """
    times, how = [], (algorithms, clock, baseline, rounds, longest, batch)
    for name, layer in layers.items():
        rows = _layer(name, layer, *how)
        times += rows
        each(rows)
    return times


def _layer(name, layer, algorithms, clock, baseline, rounds, longest, batch) -> list[dict]:
    N = batch or BATCH[name.split()[0]]
    rng, options = np.random.default_rng(0), (layer.stride, layer.padding)
    x, w = (rng.standard_normal(shape, np.float32) for shape in (layer.x(N), layer.w))
    on, conv = (gpu.asarray(x), gpu.asarray(w)), problem.sizes(layer.x(N), layer.w, *options)
    check, entries, rows = SpotCheck(x, w, conv), {LIBRARY: baseline(*on, *options)}, {LIBRARY: {}}
    if not check(entries[LIBRARY]()):
        raise WrongResult(f"{LIBRARY} gives a wrong result for {name}; mend it first")
    for algorithm, module in algorithms.items():
        entry, reason = _entry(module, on, conv, check, clock, longest)
        rows[algorithm] = {"algorithm": algorithm, "skipped": reason}
        if reason is None:
            entries[algorithm] = entry
    watch = compare(entries, None, clock, rounds)
    flops = conv_flops(conv.y, conv.w)
    rows |= {algorithm: _row(algorithm, watch, flops) for algorithm in entries}
    return [{"layer": name, "batch": N, **row} for row in rows.values()]


def _entry(algorithm, on, conv, check, clock, longest):
    """(a function without arguments, None) or (None, why it is not timed)."""
    options = conv.stride, conv.padding
    try:
        needs = algorithm.count(conv.x, conv.w, *options).workspace
        if needs > MOST_BYTES:
            return None, f"it would take {needs / 2**30:.1f} GiB of workspace; the limit is {MOST_BYTES / 2**30:g}"
        if hasattr(algorithm.module.forward, "ready"):
            entry = algorithm.module.forward.ready(*on, *options, **algorithm.options)
            entry.result.fill(np.nan)  # what lay there before is no result
        else:

            def entry():
                return algorithm.forward(*on, *options)

        result = entry()  # compile
        gpu.synchronize()
        if not check(result):
            return None, records.WRONG
        _, seconds = clock.measure(entry)
    except KernelError:
        raise  # nothing runs on that GPU any more
    except UserError as error:
        return None, str(error)
    if seconds > longest:
        return None, f"one run takes {seconds:.1f} s; the limit is {longest:g} s"
    return entry, None


def _row(algorithm, watch, flops) -> dict:
    return {"algorithm": algorithm, **records.timing(watch, algorithm, flops, LIBRARY, "share_of_cudnn")}
