"""What counting costs on the glass GPU: a profile beside the plain run, bounds checked in both, with one thread.

    python benchmarks/glass_profile.py [--size 512] [--rounds 9] [--json FILE]

README.md beside this file says what the numbers mean.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
from glass_matmul import conditions

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


def ratio(name, size, rounds) -> float:
    """How many times as long the profile of a kernel takes as its plain run: the median over paired rounds."""
    file, block, defines = KERNELS[name]
    rng = np.random.default_rng(0)
    A, B = (gpu.asarray(rng.standard_normal((size, size)).astype(np.float32)) for _ in range(2))
    C = gpu.empty((size, size))
    kernel = gpu.load(file, **defines).get_function("matmul")
    grid = tuple(blocks(size, side) for side in block)
    launch = grid, block, (A, B, C, size, size, size)
    flops = 2 * size**3

    def plain():
        kernel(*launch)

    def counted():
        return kernel.profile(*launch)

    watch = compare(
        {"plain": plain, "counted": counted},
        check=lambda profile: profile is None or profile.total("flops") == flops,
        rounds=rounds,
    )
    return watch.ratio("counted", "plain")


def measure(size, rounds) -> dict:
    os.environ["GLASS_CORES"] = "1"
    with gpu.use("glass"):
        return conditions() | {
            "command": f"python benchmarks/glass_profile.py --size {size} --rounds {rounds}",
            "profile_takes_times_the_plain_run": {name: ratio(name, size, rounds) for name in KERNELS},
        }


def report(record) -> str:
    lines = [f"{name}: {record[name]}" for name in ("processor", "c_compiler", "threads", "load")]
    lines += ["", f"{'':32}{'profile / plain run':>20}"]
    lines += [f"{name:32}{r:18.2f} x" for name, r in record["profile_takes_times_the_plain_run"].items()]
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
