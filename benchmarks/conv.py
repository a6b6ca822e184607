"""How fast and how large our convolutions are beside PyTorch's, as ratios within one run beside their bars.

    python benchmarks/conv.py [--rounds 5] [--json FILE]

README.md beside this file says what the numbers mean.
"""

import argparse
import functools
import json
import math
import statistics
import tracemalloc
from pathlib import Path

import numpy as np
import torch
from glass_matmul import PROCESSOR, beside, conditions
from threadpoolctl import threadpool_limits

from course_lib.conv import problem, winograd
from course_lib.conv.algorithms import ALGORITHMS, FAST, Algorithm
from course_lib.conv.layers import LAYERS
from course_lib.conv.spot_check import SpotCheck
from course_lib.conv.workspace import Workspace
from course_lib.stopwatch import compare

TORCH, TEXTBOOK = "PyTorch, NCHW", "im2col, textbook"
ALEXNET = [name for name in LAYERS if name.startswith("AlexNet")]
VGG = ["VGG 3.2", "VGG 4.2"]
TIMED = {**FAST, "F(5x5)": Algorithm(winograd, {"m": 5}), TEXTBOOK: ALGORITHMS[TEXTBOOK]}  # 13 rows are 3 tiles of 5
BATCH = dict.fromkeys(ALEXNET, 64) | dict.fromkeys(VGG, 4)
BEST, WINOGRAD, IM2COL, MEMORY = 1.2, 1, 0.85, 1.3  # the bars


def entries(name) -> tuple[dict, SpotCheck, dict]:
    """What convolves this layer, by name; what says whether it is right; and the bytes that each is said to need."""
    layer, rng = LAYERS[name], np.random.default_rng(0)
    x, w = (rng.standard_normal(shape, np.float32) for shape in (layer.x(BATCH[name]), layer.w))
    options = layer.stride, layer.padding
    conv, image, filters = problem.sizes(x.shape, w.shape, *options), torch.from_numpy(x), torch.from_numpy(w)
    found = {TORCH: lambda: torch.nn.functional.conv2d(image, filters, None, *options).numpy()}
    said = {}
    for algorithm, ours in TIMED.items():
        large = name in VGG and algorithm.startswith("FFT")  # many filters, few images: seconds, and no question
        try:
            said[algorithm] = ours.count(x.shape, w.shape, *options).workspace + 4 * math.prod(conv.y)
        except problem.ConvError:  # a stride
            continue
        own = {} if "textbook" in algorithm or "FFT" in algorithm else {"workspace": Workspace()}
        if not large:
            found[algorithm] = functools.partial(ours.forward, x, w, *options, **own)
    return found, SpotCheck(x, w, conv), said


def peak(run) -> int:
    """Bytes that a run takes at once, its workspace made anew."""
    fresh = {"workspace": Workspace()} if "workspace" in run.keywords else {}
    tracemalloc.start()
    try:
        run(**fresh)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def measure(rounds) -> dict:
    torch.set_num_threads(1)
    layers = {}
    with threadpool_limits(1), torch.no_grad():
        for name in BATCH:
            found, check, said = entries(name)
            watch = compare(found, check, PROCESSOR, rounds)
            layers[name] = {
                "images": BATCH[name],
                "torch_ms": 1000 * statistics.median(watch.seconds[TORCH]),
                "times_as_long_as_torch": {entry: watch.ratio(entry, TORCH) for entry in found},
                "im2col_beside_textbook": watch.ratio("im2col", TEXTBOOK),
                "bytes_beside_counted": {e: peak(run) / said[e] for e, run in found.items() if e != TORCH},
            }
            print(line(name, layers[name]), flush=True)
    return conditions() | {"torch": torch.__version__, "rounds": rounds, "layers": layers}


def best(layer) -> tuple[str, float]:
    ours = {entry: ratio for entry, ratio in layer["times_as_long_as_torch"].items() if entry != TORCH}
    return min(ours.items(), key=lambda pair: pair[1])


def line(name, layer) -> str:
    ratios = ", ".join(f"{e} {r:.2f}" for e, r in layer["times_as_long_as_torch"].items() if e != TORCH)
    return f"{name}, {layer['images']} images: torch {layer['torch_ms']:.0f} ms; {ratios}"


def report(record) -> str:
    layers = record["layers"]
    lines = [f"{name}: {record[name]}" for name in ("processor", "blas", "torch", "threads", "rounds", "load")]
    lines += [f"{name + ': ' + best(layers[name])[0]:40}{best(layers[name])[1]:6.2f} x PyTorch" for name in BATCH]
    mean = statistics.geometric_mean(best(layers[name])[1] for name in ALEXNET)
    lines.append(f"{'AlexNet, the best of each':40}{beside(mean, 'x PyTorch', most=BEST)}")
    for name in VGG:
        ratio = layers[name]["times_as_long_as_torch"]["F(4x4)"]
        lines.append(f"{name + ', F(4x4)':40}{beside(ratio, 'x PyTorch', most=WINOGRAD)}")
    for name in ALEXNET:
        ratio = layers[name]["im2col_beside_textbook"]
        lines.append(f"{name + ', im2col':40}{beside(ratio, 'x the textbook', most=IM2COL)}")
    bytes_ = {(n, e): r for n, layer in layers.items() for e, r in layer["bytes_beside_counted"].items()}
    (name, entry), ratio = max(bytes_.items(), key=lambda pair: pair[1])
    lines.append(f"{'bytes: ' + name + ', ' + entry:40}{beside(ratio, 'x counted', most=MEMORY)}")
    return "\n".join(lines)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--rounds", type=int, default=5, help="paired rounds")
    options.add_argument("--json", type=Path, help="write the record to this file too")
    given = options.parse_args()
    record = measure(given.rounds)
    print("\n" + report(record))
    if given.json:
        given.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
