"""What looking costs on the glass GPU: `profile` and `check` beside the plain run, bounds checked in all, one thread.

    python benchmarks/glass_profile.py [--size 512] [--rounds 9] [--json FILE]

README.md beside this file says what the numbers mean.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
from glass_matmul import PROCESSOR, beside, conditions

from course_lib import gpu
from course_lib.matmul.launch import NAIVE, TILED, UNCOALESCED, blocks
from course_lib.stopwatch import compare

KERNELS = {
    "naive, blocks of 32 x 8": (NAIVE, (32, 8), {}),
    "naive, blocks of 16 x 16": (NAIVE, (16, 16), {}),
    "tiled, blocks of 16 x 16": (TILED, (16, 16), {"TILE": 16}),
    "tiled, blocks of 32 x 32": (TILED, (32, 32), {"TILE": 32}),
    "uncoalesced, blocks of 32 x 8": (UNCOALESCED, (32, 8), {}),
}


MOST = 3  # times the plain run: the bar


def ratios(name, size, rounds) -> dict[str, float]:
    """How many times as long as the plain run of a kernel its profile and its check in one order take: medians."""
    file, block, defines = KERNELS[name]
    rng = np.random.default_rng(0)
    A, B = (gpu.asarray(rng.standard_normal((size, size)).astype(np.float32)) for _ in range(2))
    C = gpu.empty((size, size))
    kernel = gpu.load(file, **defines).get_function("matmul")
    grid = tuple(blocks(size, side) for side in block)
    launch = grid, block, (A, B, C, size, size, size)
    entries = {
        "plain": lambda: kernel(*launch),
        "profile": lambda: kernel.profile(*launch).total("flops"),
        "check": lambda: len(kernel.check(*launch, orders=1)),
    }
    right = None, 2 * size**3, 0
    watch = compare(entries, lambda said: said in right, PROCESSOR, rounds)
    return {way: watch.ratio(way, "plain") for way in ("profile", "check")}


def measure(size, rounds) -> dict:
    os.environ["GLASS_CORES"] = "1"
    with gpu.use("glass"):
        return conditions() | {
            "command": f"python benchmarks/glass_profile.py --size {size} --rounds {rounds}",
            "times_the_plain_run": {name: ratios(name, size, rounds) for name in KERNELS},
        }


def report(record) -> str:
    lines = [f"{name}: {record[name]}" for name in ("processor", "c_compiler", "threads", "load")]
    lines += ["", f"{'':32}{'profile / plain run':40}check in one order / plain run"]
    for name, ways in record["times_the_plain_run"].items():
        lines.append(f"{name:32}{beside(ways['profile'], 'x', most=MOST):40}{beside(ways['check'], 'x', most=MOST)}")
    return "\n".join(lines)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--size", type=int, default=512, help="rows and columns of both matrices")
    options.add_argument("--rounds", type=int, default=9, help="paired rounds")
    options.add_argument("--json", type=Path, help="write the record to this file too")
    given = options.parse_args()
    record = measure(given.size, given.rounds)
    print(report(record))
    if given.json:
        given.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
