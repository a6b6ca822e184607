"""LeNet-5's training step in this library's NumPy code beside torch's, in one run on one thread each; what it learns.

    python benchmarks/lenet.py [--rounds 15] [--learn] [--mnist FOLDER] [--json FILE]

README.md beside this file says what the numbers mean.
"""

import argparse
import json
import platform
import time
import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info, threadpool_limits

from course_lib.datasets import digits, mnist
from course_lib.nn.augment import enlarge, shifts
from course_lib.nn.count import memory
from course_lib.nn.networks import lenet
from course_lib.nn.sgd import SGD, exponential
from course_lib.nn.train import accuracy, train
from course_lib.stopwatch import Clock, compare

BARS = {8: 0.9, 64: 1.3, 256: 1.5}  # times torch's, by batch
MEMORY, LEARNT, LEARNT_MNIST, SECONDS = 1.3, 0.98, 0.988, 60


class Torch(torch.nn.Module):
    """The same network."""

    def __init__(self):
        super().__init__()
        self.convolutions = torch.nn.ModuleList([torch.nn.Conv2d(1, 6, 5, padding=2), torch.nn.Conv2d(6, 16, 5)])
        self.linears = torch.nn.ModuleList(
            [torch.nn.Linear(400, 120), torch.nn.Linear(120, 84), torch.nn.Linear(84, 10)]
        )

    def forward(self, x):
        for convolution in self.convolutions:
            x = F.max_pool2d(F.relu(convolution(x)), 2)
        x = x.flatten(1)
        for linear in self.linears[:2]:
            x = F.relu(linear(x))
        return self.linears[2](x)


def ours(x, labels, w, repeat):
    """A function that takes `repeat` steps and gives the loss of the first."""
    net, step = lenet.modern(), SGD(0.01, 0.9)
    w = w.copy()

    def run():
        losses = []
        for _ in range(repeat):
            loss, dw = net.gradient(x, labels, w)
            step(w, dw)
            losses.append(loss)
        return losses[0]

    return run


def theirs(x, labels, w, repeat):
    """The same in torch, from the same weights."""
    net, x, labels = Torch(), torch.from_numpy(x), torch.from_numpy(labels)
    torch.nn.utils.vector_to_parameters(torch.from_numpy(w.copy()), net.parameters())
    step = torch.optim.SGD(net.parameters(), 0.01, 0.9)

    def run():
        losses = []
        for _ in range(repeat):
            step.zero_grad()
            loss = F.cross_entropy(net(x), labels)
            loss.backward()
            step.step()
            losses.append(loss.detach())
        return float(losses[0])

    return run


def processor_time(run):
    begun = time.process_time()
    result = run()
    return result, time.process_time() - begun


def step_ratio(batch: int, rounds: int) -> float:
    """How many times as long as torch's a training step takes."""
    rng, w = np.random.default_rng(0), lenet.modern().initial()
    x, labels = rng.random((batch, 1, 28, 28), "f4"), rng.integers(0, 10, batch)
    repeat = max(1, 128 // batch)
    first, _ = lenet.modern().gradient(x, labels, w)
    entries = {"ours": ours(x, labels, w, repeat), "torch": theirs(x, labels, w, repeat)}
    clock = Clock("processor time of this process", processor_time)  # other work on the machine does not count
    return compare(entries, lambda loss: abs(loss - first) < 1e-4, clock, rounds).ratio("ours", "torch")


def memory_ratio(batch: int) -> float:
    """The most bytes that one step has at a time, over those that count.memory says."""
    rng, net = np.random.default_rng(0), lenet.modern()
    x, labels = rng.random((batch, 1, 28, 28), "f4"), rng.integers(0, 10, batch)
    tracemalloc.start()
    x, w = x.copy(), net.initial()
    step = SGD(0.01, 0.9)
    for _ in range(2):
        step(w, net.gradient(x, labels, w)[1])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / memory(net, batch).total


def learn(seed: int) -> dict:
    """scikit-learn's digits, 1347 to learn from and 450 to be judged by: the share that is right, and seconds."""
    split, net = digits(seed=seed), lenet.modern()

    def images(x):
        return np.pad(enlarge(x.reshape(-1, 1, 8, 8), 3), ((0, 0), (0, 0), (2, 2), (2, 2)))

    x, w, begun = images(split.x_train), net.initial(seed), time.perf_counter()
    step = SGD(exponential(0.05, 0.01, per=20 * 43), momentum=0.9, decay=0.0005)  # 43 batches an epoch
    train(net, w, x, split.y_train, step, epochs=20, batch=32, seed=seed, augment=partial(shifts, pixels=2))
    seconds = time.perf_counter() - begun
    linear = LogisticRegression(max_iter=2000).fit(split.x_train, split.y_train)
    return {
        "lenet": accuracy(net, w, images(split.x_test), split.y_test),
        "linear": linear.score(split.x_test, split.y_test),
        "seconds": seconds,
    }


def learn_mnist(folder: Path, seed: int, epochs: int = 3) -> dict:
    """MNIST's own split, as lesson 10 learns it: the share of its 10,000 new digits that is right, and seconds."""
    split, net = mnist(folder), lenet.modern()
    x, x_new = (part.reshape(-1, 1, 28, 28) for part in (split.x_train, split.x_test))
    w, begun = net.initial(seed), time.perf_counter()
    step = SGD(exponential(0.05, 0.01, per=epochs * 938), momentum=0.9, decay=0.0005)  # 938 batches an epoch
    train(net, w, x, split.y_train, step, epochs, seed=seed)
    return {"lenet": accuracy(net, w, x_new, split.y_test), "seconds": time.perf_counter() - begun}


def measure(rounds: int, learning: bool, folder: Path | None) -> dict:
    torch.set_num_threads(1)
    with threadpool_limits(1):
        return {
            "blas": [
                f"{i['internal_api']} ({i.get('architecture')})" for i in threadpool_info() if i["user_api"] == "blas"
            ],
            "processor": platform.machine(),
            "numpy": np.__version__,
            "torch": torch.__version__,
            "step": {batch: step_ratio(batch, rounds) for batch in BARS},
            "memory": {batch: memory_ratio(batch) for batch in BARS},
            "learning": [learn(seed) for seed in range(3)] if learning else [],
            "mnist": [learn_mnist(folder, seed) for seed in range(3)] if folder else [],
        }


def held(met: bool) -> str:
    return "met" if met else "NOT met"


def mean(name: str, learning: list[dict], bar: float) -> list[str]:
    """A line on all seeds, if there are any."""
    if not learning:
        return []
    share = float(np.mean([found["lenet"] for found in learning]))
    longest = max(found["seconds"] for found in learning)
    said = f"{name}: mean {share:.2%} (bar: at least {bar:.1%}, {held(share >= bar)})"
    return [f"{said}, at most {longest:.0f} s (bar: {SECONDS} s, {held(longest < SECONDS)})"]


def report(record: dict) -> str:
    lines = [f"{name}: {record[name]}" for name in ("blas", "numpy", "torch")]
    lines.append("one thread on each side, processor time, medians of paired rounds")
    for batch, bar in BARS.items():
        step, peak = record["step"][batch], record["memory"][batch]
        lines.append(
            f"batch {batch:3}: step {step:.2f} x torch (bar: at most {bar}, {held(step <= bar)}); "
            f"peak memory {peak:.2f} x counted (bar: at most {MEMORY}, {held(peak <= MEMORY)})"
        )
    for seed, found in enumerate(record["learning"]):
        lines.append(
            f"digits, seed {seed}: {found['lenet']:.2%}, linear {found['linear']:.2%}, {found['seconds']:.1f} s"
        )
    lines += mean("digits", record["learning"], LEARNT)
    for seed, found in enumerate(record["mnist"]):
        lines.append(f"MNIST, seed {seed}: {found['lenet']:.2%}, {found['seconds']:.1f} s")
    lines += mean("MNIST", record["mnist"], LEARNT_MNIST)
    return "\n".join(lines)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--rounds", type=int, default=15, help="paired rounds")
    options.add_argument("--learn", action="store_true", help="train on scikit-learn's digits too, three seeds")
    options.add_argument("--mnist", type=Path, metavar="FOLDER", help="train on MNIST's files there too, three seeds")
    options.add_argument("--json", type=Path, help="write the record to this file too")
    given = options.parse_args()
    record = measure(given.rounds, given.learn, given.mnist)
    print(report(record))
    if given.json:
        given.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
