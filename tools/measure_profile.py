"""Hold the glass GPU against a real one: every result bit for bit, every count against Nsight Compute.

    python tools/measure_profile.py [--ncu NCU] [--out FILE] [CASE ...]

Needs a GPU, CuPy, and `ncu` of NVIDIA Nsight Compute with the right to read the GPU's counters. Each case, a kernel
of profile_cases.cu or of course_lib/matmul, is launched once in a process of its own under ncu. The record goes to
measured/profile_DEVICE.json; the status is 1 if a result differs, or a count that the assembler's merging of loads
(course_lib/gpu/glass/profile.py) does not explain. Without ncu or a GPU: one sentence, status 2.
"""

import argparse
import csv
import importlib.util
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from course_lib import gpu  # noqa: E402
from course_lib.errors import UserError  # noqa: E402
from course_lib.gpu import cuda, nvrtc  # noqa: E402
from course_lib.gpu.glass.requests import Request, total  # noqa: E402
from course_lib.hardware import HardwareError, machine  # noqa: E402
from course_lib.matmul import launch  # noqa: E402

SOURCE = Path(__file__).with_name("profile_cases.cu")
SECTORS = "l1tex__t_sectors_pipe_lsu_mem_global_op_{}.sum"
PASSES = "l1tex__data_pipe_lsu_wavefronts_mem_shared_op_{}.sum"
METRICS = {  # what the glass GPU counts: the metrics of Nsight Compute that add up to it
    "global loads": ["smsp__inst_executed_op_global_ld.sum"],
    "global stores": ["smsp__inst_executed_op_global_st.sum"],
    "shared loads": ["smsp__inst_executed_op_shared_ld.sum"],
    "shared stores": ["smsp__inst_executed_op_shared_st.sum"],
    "copies to shared": ["smsp__inst_executed_op_ldgsts.sum"],
    "matrix loads": ["smsp__inst_executed_op_ldsm.sum"],
    "sectors of loads": [SECTORS.format("ld")],
    "sectors of stores": [SECTORS.format("st")],
    "passes of shared loads": [PASSES.format("ld")],
    "passes of shared stores": [PASSES.format("st")],
    "flops": [f"smsp__sass_thread_inst_executed_op_f{op}_pred_on.sum" for op in ("add", "mul", "fma", "fma")],
    "registers": ["launch__registers_per_thread"],
}


class Case(NamedTuple):
    """One launch. file, defines: of gpu.load; arrays: of NumPy, in the order of the parameters, then the scalars."""

    file: Path
    kernel: str
    grid: tuple[int, ...]
    block: tuple[int, ...]
    arrays: tuple
    scalars: tuple = ()
    defines: tuple = ()


def cases() -> dict[str, Case]:
    """name -> launch, with the same random numbers each time."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal(32768).astype(np.float32)
    types = {"doubles": "f8", "wide_shared": "f8", "shorts": "u2", "histogram": "i4", "matrices": "u4"}
    blocks = dict.fromkeys(("transpose", "transpose_padded", "transpose_swizzled"), ((1,), (32, 8)))
    blocks |= {"partial_warps": ((7,), (50,)), "matrices": ((1,), (32,)), "copies": ((1,), (256,))}
    blocks |= {"wide_shared": ((1,), (256,))}
    found = {}
    for name in re.findall(r"^KERNEL (\w+)\(", SOURCE.read_text(), re.MULTILINE):
        type_ = np.dtype(types.get(name, "f4"))
        given = x if type_.kind == "f" else rng.integers(0, 2**15, x.size)
        grid, block = blocks.get(name, ((16,), (256,)))
        found[name] = Case(SOURCE, name, grid, block, (given.astype(type_), np.zeros(16384, type_)))
    A, B = (rng.standard_normal((128, 128)).astype(np.float32) for _ in range(2))
    for name, file, block in (
        ("matmul_uncoalesced", launch.UNCOALESCED, (32, 8)),
        ("matmul_naive", launch.NAIVE, (32, 8)),
        ("matmul_naive_16", launch.NAIVE, (16, 16)),
        ("matmul_tiled", launch.TILED, (16, 16)),
        ("matmul_tiled_32", launch.TILED, (32, 32)),
    ):
        grid = tuple(launch.blocks(128, side) for side in block)
        defines = (("TILE", block[0]),) if file == launch.TILED else ()
        found[name] = Case(file, "matmul", grid, block, (A, B, np.zeros_like(A)), (128, 128, 128), defines)
    return found


def prepared(case: Case):
    """(kernel, arguments of its launch, device arrays) on the device in use."""
    kernel = gpu.load(case.file, **dict(case.defines)).get_function(case.kernel)
    arrays = [gpu.asarray(a) for a in case.arrays]
    return kernel, (case.grid, case.block, (*arrays, *map(np.int32, case.scalars))), arrays


def on_the_gpu(name: str, out: Path) -> None:
    """Launch a case once, as the process that ncu watches, and keep its arrays."""
    with gpu.use("cuda"):
        kernel, arguments, arrays = prepared(cases()[name])
        kernel(*arguments)
        gpu.synchronize()
        np.savez(out, *[a.get() for a in arrays])


def on_the_glass(case: Case, device: str) -> tuple[list[np.ndarray], dict[str, int]]:
    """(arrays after the launch, counts by the names of METRICS). device: the GPU whose registers are asked for."""
    with gpu.use("glass"):
        kernel, arguments, arrays = prepared(case)
        profile = kernel.profile(*arguments)
    requests = profile.sum("requests")
    counts = {kind: requests[kind] for kind in list(METRICS)[:6]}
    for verb in ("loads", "stores"):
        counts[f"sectors of {verb}"] = cost(profile, "global", verb).sectors
        counts[f"passes of shared {verb}"] = cost(profile, "shared", verb).wavefronts
    counts["flops"] = profile.sum("work")["fp32"]
    try:
        counts["registers"] = kernel.resources(machine(device).sm.target).registers
    except HardwareError:
        counts["registers"] = None  # of an architecture that hardware.py does not know
    return [a.get() for a in arrays], counts


def cost(profile, space: str, verb: str) -> Request:
    """Of all loads, or all stores, of a space."""
    return total(line.costs.get((space, f"{space} {verb}"), Request()) for line in profile.listing())


def counters(text: str) -> dict[str, float]:
    """The metrics in ncu's output (`--csv --page raw`): of its one kernel. Raises UserError if there is none."""
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith('"ID"')), None)
    if start is None:
        raise UserError(f"ncu printed no table; its words were: {' '.join(text.split())[-400:] or 'none'}")
    heads, _units, *rows = csv.reader(io.StringIO("\n".join(lines[start:])))
    if len(rows) != 1:
        raise UserError(f"ncu saw {len(rows)} kernels, but one was launched; a case launches its kernel once")
    found = {}
    for head, value in zip(heads, rows[0], strict=False):
        try:
            found[head] = float(value.replace(",", ""))
        except ValueError:
            continue  # names, or "n/a"
    return found


def known_metrics(ncu: str) -> set[str]:
    """The metrics among METRICS that this ncu and GPU know: a name that they do not know stops ncu."""
    listed = subprocess.run([ncu, "--query-metrics"], capture_output=True, text=True, check=False).stdout
    names = set(re.findall(r"\b\w+__\w+", listed))
    asked = {m for metrics in METRICS.values() for m in metrics}
    return {m for m in asked if m.removesuffix(".sum") in names or m.startswith("launch__")}


def compare(case: Case, counted: dict, measured: dict, results, expected) -> dict:
    """The record of one case. results, expected: arrays of the GPU and of the glass GPU."""
    counts = {}
    for name, metrics in METRICS.items():
        if counted[name] is not None and all(m in measured for m in metrics):
            counts[name] = {"glass": counted[name], "gpu": int(sum(measured[m] for m in metrics))}
    merged = counts.get("shared loads", {"glass": 0, "gpu": 0})
    explained = {"shared loads", "passes of shared loads"} if merged["gpu"] < merged["glass"] else set()
    differ = [n for n, c in counts.items() if c["glass"] != c["gpu"]]
    return {
        "kernel": case.kernel,
        "grid": case.grid,
        "block": case.block,
        "bits_equal": all(a.tobytes() == b.tobytes() for a, b in zip(results, expected, strict=True)),
        "counts": counts,
        "not_counted": [n for n in METRICS if n not in counts],
        "merged_by_the_assembler": [n for n in differ if n in explained],
        "differ": [n for n in differ if n not in explained],
    }


def measure(name: str, case: Case, ncu: str, metrics: set[str]) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "arrays.npz")
        watched = [ncu, "--csv", "--page", "raw", "--print-units", "base", "--kernel-name", f"regex:^{case.kernel}$"]
        watched += ["--metrics", ",".join(sorted(metrics)), "--target-processes", "all"]
        command = [*watched, sys.executable, __file__, "--launch", name, "--arrays", str(out)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not out.exists():
            raise UserError(
                f"the launch of {name} under ncu failed: {' '.join((done.stderr + done.stdout).split())[-400:]}"
            )
        with np.load(out) as file:
            results = [file[key] for key in file.files]
        expected, counted = on_the_glass(case, cuda.name())
        return compare(case, counted, counters(done.stdout), results, expected)


def everything(names: list[str], ncu: str | None, out: Path | None) -> int:
    ncu = ncu or shutil.which("ncu")
    if ncu is None or shutil.which(ncu) is None:
        raise UserError("Nsight Compute's `ncu` is not found; install NVIDIA Nsight Compute, or say --ncu PATH")
    if importlib.util.find_spec("cupy") is None or not cuda.available():
        raise UserError("this measures a real GPU, and CuPy sees none here; `course doctor` says what is missing")
    known = cases()
    if unknown := [n for n in names if n not in known]:
        raise UserError(f"a case is one of {', '.join(known)}, but {unknown[0]!r} came; name one of those")
    metrics = known_metrics(ncu)
    if not metrics:
        raise UserError("ncu lists none of the counters; it needs the right to read them (NVIDIA: ERR_NVGPUCTRPERM)")
    record = {
        "device": cuda.name(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": "python tools/measure_profile.py",
        "ncu": subprocess.run([ncu, "--version"], capture_output=True, text=True, check=False).stdout.split("\n")[-2:][
            0
        ],
        "nvrtc": ".".join(map(str, nvrtc.version())),
        "cases": {},
    }
    for name in names or known:
        found = record["cases"][name] = measure(name, known[name], ncu, metrics)
        told = "bits differ; " if not found["bits_equal"] else ""
        print(f"{name:20} {told}{', '.join(found['differ']) or 'all counts equal'}", flush=True)
    out = out or ROOT / "measured" / f"profile_{re.sub(r'[^a-z0-9]+', '_', record['device'].lower()).strip('_')}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
    print(f"written to {out}")
    return int(any(c["differ"] or not c["bits_equal"] for c in record["cases"].values()))


def main(arguments=None) -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("cases", nargs="*", metavar="CASE", help="all of them if none is named")
    options.add_argument("--ncu", help="the program of Nsight Compute, if it is not on PATH")
    options.add_argument("--out", type=Path, help="where the record goes")
    options.add_argument("--launch", help=argparse.SUPPRESS)  # what ncu watches: this program again
    options.add_argument("--arrays", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args(arguments)
    try:
        if given.launch:
            on_the_gpu(given.launch, given.arrays)
            return 0
        return everything(given.cases, given.ncu, given.out)
    except UserError as error:
        print(f"measure_profile: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
