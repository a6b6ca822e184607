"""Lanes that parted meet again where the source says: each line runs once for all lanes that come to it."""

import numpy as np
import pytest

from course_lib import gpu
from course_lib.gpu.glass.converge import order


@pytest.mark.parametrize(
    ("successors", "expected"),
    [
        ([[1, 2], [2], [3], []], [0, 1, 2, 3]),
        ([[1, 3], [2], [4], [2], []], [0, 1, 3, 2, 4]),  # the compiler put the meeting place before one side
        ([[1], [2, 4], [3], [1], []], [0, 1, 2, 3, 4]),  # a loop
        ([[1], [2, 4], [3, 1], [1], []], [0, 2, 3, 1, 4]),  # with a `continue`: its head waits for its body
        ([[1], [2, 3], [], [1]], [0, 1, 3, 2]),  # its way out is numbered before its body
        ([[1], [2], [2, 1, 3], []], [0, 1, 2, 3]),  # a loop within a loop
        ([[0]], [0]),
        ([], []),
    ],
)
def test_a_block_waits_for_those_that_lead_to_it(successors, expected):
    assert order(successors) == expected


SOURCE = """
#define RARELY(condition) __builtin_expect(condition, 0)  // the compiler puts what follows behind everything else
extern "C" __global__ void paths(volatile int* trace, const int* d)
{
    int t = threadIdx.x;
    if (RARELY(d[t] % 3 == 0)) {
        trace[t] = 1;  // A
        if (d[t] % 2 == 0)
            trace[t] = 2;  // B
    }
    trace[t] = 3;  // C
    #pragma unroll 1
    for (int i = 0; i < d[t] % 4 + 1; i++) {
        trace[t] = 4;  // D
        if (RARELY((t + i) % 3 == 0)) {
            trace[t] = 5;  // E
            continue;
        }
        trace[t] = 6;  // F
        if (RARELY(d[t] % 7 == i)) return;
        trace[t] = 7;  // G
    }
    trace[t] = 8;  // H
}
"""


def by_hand(d):
    """line's letter -> the masks it runs under, lanes keeping together as the source is nested."""
    ran = {}

    def run(letter, lanes):
        if lanes:
            ran.setdefault(letter, []).append(sum(1 << t for t in lanes))

    rare, gone = {t for t in range(32) if d[t] % 3 == 0}, set()
    run("A", rare)
    run("B", {t for t in rare if d[t] % 2 == 0})
    run("C", set(range(32)))
    for i in range(4):
        live = {t for t in range(32) if i <= d[t] % 4} - gone
        rare = {t for t in live if (t + i) % 3 == 0}
        gone |= {t for t in live - rare if d[t] % 7 == i}
        for letter, lanes in zip("DEFG", (live, rare, live - rare, live - rare - gone), strict=True):
            run(letter, lanes)
    run("H", set(range(32)) - gone)
    return ran


@pytest.mark.parametrize("seed", range(3))
def test_every_line_runs_once_for_all_lanes_that_come_to_it(glass, seed):
    d = np.random.default_rng(seed).integers(0, 64, 32).astype("i4")
    arguments = (gpu.zeros(32, "i4"), gpu.asarray(d))
    kernel = gpu.compile(SOURCE).get_function("paths")
    found = {}
    for step in kernel.step((1,), (32,), arguments):
        if any(access.does == "writes" for access in step.accesses):
            found.setdefault(step.source.rpartition("// ")[2], []).append(step.lanes)
    expected = by_hand(d)
    assert found == expected
    profile = kernel.profile((1,), (32,), arguments)
    stores = {line.source.rpartition("// ")[2]: line.requests["global stores"] for line in profile.listing()}
    assert {letter: n for letter, n in stores.items() if n} == {k: len(masks) for k, masks in expected.items()}
