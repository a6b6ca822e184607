"""How fast the glass GPU multiplies matrices, as ratios within one run beside their bars, with one thread on each side.

    python benchmarks/glass_matmul.py [--size 512] [--rounds 7] [--json FILE]

README.md beside this file says what the numbers mean.
"""

import argparse
import ctypes
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from course_lib import gpu
from course_lib.gpu import nvrtc
from course_lib.gpu.glass import compiler, ptx
from course_lib.gpu.glass.emit import translate
from course_lib.matmul import launch
from course_lib.matmul.launch import NAIVE, TILED, naive, tiled
from course_lib.stopwatch import Clock, compare

PLAIN_C = """
void matmul(const float *A, const float *B, float *C, int m, int n, int k)
{
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            float sum = 0;
            for (int e = 0; e < k; e++) sum += A[i * k + e] * B[e * n + j];
            C[i * n + j] = sum;
        }
}
"""
REGISTER_TILED = {
    name: getattr(launch, name).ready
    for name in ("thread_tiled_1d", "thread_tiled_2d", "vectorised", "double_buffered", "warp_tiled")
}
PLAIN, BLAS = "plain C ijk, -O3", "NumPy's product"
FASTER_THAN_C, LONGER_THAN_BLAS, LONGER_THAN_SUM, WIDE_BLOCKS, COMPILING = 20, 4, 10, 1.5, 1.5  # the bars


def _processor_time(run):
    begun = time.process_time()
    result = run()
    return result, time.process_time() - begun


PROCESSOR = Clock("processor time of this process", _processor_time)  # other work on the machine does not count


def plain_c(A, B):
    """The textbook's triple loop, built by the compiler that builds the glass GPU's kernels."""
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder, "matmul.c"), Path(folder, "matmul.so")
        source.write_text(PLAIN_C)
        subprocess.run([*compiler.find().command, "-O3", "-shared", "-fPIC", source, "-o", library], check=True)
        function = ctypes.CDLL(str(library)).matmul
    C = np.empty((A.shape[0], B.shape[1]), np.float32)
    pointers = [ctypes.c_void_p(x.ctypes.data) for x in (A, B, C)]

    def run():
        function(*pointers, A.shape[0], B.shape[1], A.shape[1])
        return C

    return run


def products(size):
    """name -> a function that multiplies the same two matrices; and what says whether a product is right."""
    rng = np.random.default_rng(0)
    A, B = (rng.standard_normal((size, size)).astype(np.float32) for _ in range(2))
    a, b = gpu.asarray(A), gpu.asarray(B)
    truth = A.astype(np.float64) @ B
    unit = size * 2.0**-24
    bound = unit / (1 - unit) * (np.abs(A).astype(np.float64) @ np.abs(B))
    entries = {
        PLAIN: plain_c(A, B),
        BLAS: lambda: A @ B,
        "naive, blocks of 32 x 8": lambda: naive(a, b, block=(32, 8)),
        "naive, blocks of 16 x 16": lambda: naive(a, b, block=(16, 16)),
        "tiled, blocks of 16 x 16": lambda: tiled(a, b, tile=16),
        "tiled, blocks of 32 x 32": lambda: tiled(a, b, tile=32),
    }

    def right(C):
        return (np.abs((C if isinstance(C, np.ndarray) else C.get()) - truth) <= bound).all()

    return entries, right


def first_run(file, rounds, **defines) -> float:
    """Seconds from an edited source to its result, in a process that has compiled before, as in a notebook."""
    source, seconds = file.read_text(), []
    a = gpu.asarray(np.ones((64, 64), np.float32))
    for _ in range(rounds):
        # a constant that was never there before: a comment alone would be the same C, and that is in the cache
        edited = re.sub(r"float sum = 0;", f"float sum = {time.time_ns() % 10**9}e-30f;", source)
        c = gpu.empty((64, 64))
        begun = time.perf_counter()
        kernel = gpu.compile(edited, file.name, **defines).get_function("matmul")
        kernel((4, 4), (16, 16), (a, a, c, 64, 64, 64))
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


CACHED = """
import time, numpy as np
from course_lib import gpu
from course_lib.matmul.launch import naive, tiled
a = gpu.asarray(np.ones((64, 64), np.float32))
begun = time.perf_counter()
naive(a, a)
print(time.perf_counter() - begun)
"""


def cached_run(rounds) -> float:
    """Seconds of the first launch in a process of its own, its imports done, when the cache has the kernel."""
    environment = {**os.environ, "COURSE_DEVICE": "glass"}
    run = [sys.executable, "-c", CACHED]
    times = [
        float(subprocess.run(run, env=environment, capture_output=True, check=True).stdout) for _ in range(rounds + 1)
    ]
    return statistics.median(times[1:])  # the first one may have had to compile


def built(ready, rounds) -> float:
    """Processor seconds from PTX to machine code of a rung at its default tiles: the translation and the C compiler.

    The least of all rounds: what shares a core with it can only add.
    """
    a = gpu.asarray(np.ones((64, 64), np.float32))
    rung, seconds = ready(a, a), []
    text = nvrtc.ptx(rung.file.read_text(), rung.file.name, nvrtc.options(rung.defines))
    for i in range(rounds):
        begun = sum(os.times()[:4])  # of this process and those that it started
        translation = translate(ptx.parse(text, rung.file.name)["matmul"], (*rung.how[1], 1, 1)[:3])
        compiler.build(f"{translation.source}\n// {time.time_ns()} {i}")  # so that the cache does not know it
        seconds.append(sum(os.times()[:4]) - begun)
    return min(seconds)


SUM = """
extern "C" __global__ void sum(const float* x, float* total, int n)
{
    __shared__ float part[32];
    float s = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) s += x[i];
    for (int d = 16; d; d /= 2) s += __shfl_down_sync(~0u, s, d);
    if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = s;
    __syncthreads();
    if (threadIdx.x < 32) {
        s = threadIdx.x < blockDim.x / 32 ? part[threadIdx.x] : 0;
        for (int d = 16; d; d /= 2) s += __shfl_down_sync(~0u, s, d);
        if (threadIdx.x == 0) atomicAdd(total, s);
    }
}
"""


TREE = """
extern "C" __global__ void sum(const float* x, float* total, int n)
{
    __shared__ float part[256];
    int t = threadIdx.x, i = blockIdx.x * 256 + t;
    part[t] = i < n ? x[i] : 0;
    __syncthreads();
    for (int d = 128; d > 0; d /= 2) {
        if (t < d) part[t] += part[t + d];
        __syncthreads();
    }
    if (t == 0) atomicAdd(total, part[0]);
}
"""


def reductions(rounds) -> dict[str, float]:
    """How many times as long as numpy.sum the sum of 4 million floats takes: shuffles in blocks that stride over it;
    and a tree in shared memory, one block for 256 elements."""
    x = np.random.default_rng(0).standard_normal(1 << 22).astype(np.float32)
    a, total = gpu.asarray(x), gpu.zeros(1)

    def summing(source, blocks):
        kernel = gpu.compile(source).get_function("sum")

        def run():
            total.fill(0)
            kernel((blocks,), (256,), (a, total, len(x)))
            return total.get()[0]

        return run

    entries = {"shuffles": summing(SUM, 256), "tree": summing(TREE, len(x) // 256)}
    entries["numpy"] = lambda: x.sum()
    watch = compare(entries, lambda s: abs(s - x.sum(dtype=float)) < 1, PROCESSOR, 3 * rounds)
    return {name: watch.ratio(name, "numpy") for name in ("shuffles", "tree")}


def conditions() -> dict:
    """What the numbers depend on."""
    blas = [
        f"{i['internal_api']} {i['version']} ({i.get('architecture')})"
        for i in threadpool_info()
        if i["user_api"] == "blas"
    ]
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": ", ".join(blas),
        "c_compiler": compiler.find().version,
        "nvrtc": ".".join(map(str, nvrtc.version())),
        "threads": 1,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,  # other work at the start, in busy cores
    }


def processor() -> str:
    try:
        return re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())[1]
    except (OSError, TypeError):
        return platform.processor()


def measure(size, rounds) -> dict:
    os.environ["GLASS_CORES"] = "1"
    with gpu.use("glass"), threadpool_limits(1):
        entries, right = products(size)
        watch = compare(entries, right, PROCESSOR, rounds)
        return conditions() | {
            "command": f"python benchmarks/glass_matmul.py --size {size} --rounds {rounds}",
            "times_as_fast_as_plain_c": {name: 1 / watch.ratio(name, PLAIN) for name in entries},
            "times_as_long_as_blas": {name: watch.ratio(name, BLAS) for name in entries},
            "first_run_of_an_edited_kernel_s": {
                "naive": first_run(NAIVE, rounds),
                "tiled": first_run(TILED, rounds, TILE=16),
            },
            "cached_run_in_a_fresh_process_s": cached_run(rounds),
            "blocks_of_16_x_16_beside_32_x_8": {
                "naive": watch.ratio("naive, blocks of 16 x 16", "naive, blocks of 32 x 8"),
            },
            "from_ptx_to_machine_code_s": {name: built(ready, rounds) for name, ready in REGISTER_TILED.items()},
            "sum_of_4m_floats_beside_numpy": reductions(rounds),
        }


def beside(value: float, unit: str, least: float = 0, most: float = float("inf")) -> str:
    bar = f"at least {least}" if least else f"at most {most}"
    return f"{value:6.2f} {unit} (bar: {bar}, {'met' if least <= value <= most else 'NOT met'})"


def report(record) -> str:
    lines = [f"{name}: {record[name]}" for name in ("processor", "blas", "c_compiler", "threads", "load")]
    lines += ["", f"{'':26}{'times as fast as plain C':36}times as long as BLAS"]
    for name, faster in record["times_as_fast_as_plain_c"].items():
        longer = record["times_as_long_as_blas"][name]
        if name in (PLAIN, BLAS):
            lines.append(f"{name:26}{faster:6.2f} x{'':28}{longer:6.2f} x")
        else:
            held = beside(faster, "x", least=FASTER_THAN_C)
            lines.append(f"{name:26}{held:36}{beside(longer, 'x', most=LONGER_THAN_BLAS)}")
    wide = record["blocks_of_16_x_16_beside_32_x_8"]["naive"]
    lines += ["", f"{'naive, 16 x 16 beside 32 x 8':40}{beside(wide, 'x', most=WIDE_BLOCKS)}"]
    for name, seconds in record["from_ptx_to_machine_code_s"].items():
        lines.append(f"{name + ', from PTX to machine code':40}{beside(seconds, 's', most=COMPILING)}")
    for name, longer in record["sum_of_4m_floats_beside_numpy"].items():
        lines.append(f"{'4M floats, ' + name + ' beside numpy.sum':40}{beside(longer, 'x', most=LONGER_THAN_SUM)}")
    first = ", ".join(f"{name} {s:.2f} s" for name, s in record["first_run_of_an_edited_kernel_s"].items())
    lines += ["", f"first run of an edited kernel: {first}"]
    return "\n".join(
        [*lines, f"cached run in a fresh process: {record['cached_run_in_a_fresh_process_s'] * 1000:.0f} ms"]
    )


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--size", type=int, default=512, help="rows and columns of both matrices")
    options.add_argument("--rounds", type=int, default=7, help="paired rounds")
    options.add_argument("--json", type=Path, help="write the record to this file too")
    given = options.parse_args()
    record = measure(given.size, given.rounds)
    print(report(record))
    if given.json:
        given.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
