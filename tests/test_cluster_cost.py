"""The formulas of all-reduce are what the glass cluster takes, message by message."""

import math

import cluster_programs as programs
import numpy as np
import pytest

from course_lib.cluster import cost, network
from course_lib.cluster.simulated import run

ALPHA, BETA, GAMMA = 1e-5, 1e-9, 3e-10


def arrays(p, chunk=3, seed=0):
    return [np.random.default_rng([seed, rank]).integers(-9, 9, p * chunk).astype("f8") for rank in range(p)]


def all_reduce(algorithm, p, net=None, gamma=0.0, chunk=3, **how):
    x = arrays(p, chunk)
    return x, run([algorithm(rank, p, x[rank], gamma) for rank in range(p)], net, **how)


@pytest.mark.parametrize("p", [1, 2, 3, 4, 7, 8, 12, 16])
@pytest.mark.parametrize("algorithm", programs.ALL_REDUCES, ids=lambda f: f.__name__)
def test_an_all_reduce_is_right_and_takes_what_the_formula_says(algorithm, p):
    if algorithm is programs.recursive_doubling and p & (p - 1):
        with pytest.raises(cost.CostError, match="power of two"):
            cost.recursive_doubling(p, 1, ALPHA, BETA)
        return
    net = network.fully_connected(ALPHA, 1 / BETA)
    chunk = 1 << p.bit_length()  # divisible wherever an algorithm cuts
    gamma = 0.0 if algorithm is programs.tree and p & (p - 1) else GAMMA
    x, ran = all_reduce(algorithm, p, net, gamma, chunk)
    assert all(np.array_equal(result, sum(x)) for result in ran.results)
    formula = getattr(cost, algorithm.__name__)(p, x[0].nbytes, ALPHA, BETA, gamma)
    assert ran.seconds == pytest.approx(formula, rel=1e-12, abs=0)
    assert formula >= cost.lower_bound(p, x[0].nbytes, ALPHA, BETA, gamma) * (1 - 1e-12)
    assert ran.unread == [] and ran.failed == {}


@pytest.mark.parametrize("p", [2, 4, 8, 16])
@pytest.mark.parametrize("algorithm", [programs.ring, programs.rabenseifner], ids=lambda f: f.__name__)
def test_the_optimal_algorithms_send_as_few_bytes_as_can_be(algorithm, p):
    x, ran = all_reduce(algorithm, p)
    assert {ran.bytes_sent(rank) for rank in range(p)} == {2 * (p - 1) * x[0].nbytes // p}
    steps = 2 * (p - 1) if algorithm is programs.ring else 2 * (p.bit_length() - 1)
    assert {ran.sent(rank) for rank in range(p)} == {steps} and ran.sent() == p * steps


@pytest.mark.parametrize("p", [2, 3, 8])
def test_without_a_cost_per_byte_seconds_count_rounds(p):
    rounds = network.fully_connected(1, math.inf)
    assert all_reduce(programs.ring, p, rounds)[1].seconds == 2 * (p - 1)
    assert all_reduce(programs.tree, p, rounds)[1].seconds == 2 * math.ceil(math.log2(p))


@pytest.mark.parametrize("p", [4, 16, 64])
def test_doubling_and_halving_cross_where_the_formula_says(p):
    near = cost.crossover(p, ALPHA, BETA)
    for n, first in [(0.99 * near, True), (1.01 * near, False)]:
        assert (cost.recursive_doubling(p, n, ALPHA, BETA) < cost.rabenseifner(p, n, ALPHA, BETA)) is first


@pytest.mark.parametrize(
    ("per_byte", "kilobytes"),
    [(2e-10, (14.0, 6.6, 5.2)), (1.75e-10, (16.0, 7.5, 6.0)), (0.875e-10, (32.0, 15.1, 11.9))],
)
def test_the_crossover_is_where_the_reference_has_it(per_byte, kilobytes):
    assert [round(cost.crossover(p, 0.7e-6, per_byte) / 1e3, 1) for p in (4, 16, 64)] == list(kilobytes)


@pytest.mark.parametrize(
    ("n", "unit", "seconds"),
    [(1e8, 1, "0.039 0.039 0.12 0.24 2.52"), (1e3, 1e-6, "88.6 8.79 5.4 10.8 113")],
)
def test_64_ranks_on_infiniband_take_what_the_reference_has(n, unit, seconds):
    """0.7 us and 5 GB/s."""
    formulas = cost.ring, cost.rabenseifner, cost.recursive_doubling, cost.tree, cost.flat
    took = [formula(64, n, 0.7e-6, 2e-10) / unit for formula in formulas]
    assert took == pytest.approx([float(each) for each in seconds.split()], rel=0.02)


@pytest.mark.parametrize(
    "wrong", [(0, 1, 1, 1), (2.0, 1, 1, 1), (2, -1, 1, 1), (2, 1, float("nan"), 1), (2, 1, 1, float("inf"))]
)
def test_a_formula_is_not_asked_for_nonsense(wrong):
    for formula in (cost.flat, cost.tree, cost.ring, cost.rabenseifner, cost.recursive_doubling, cost.lower_bound):
        with pytest.raises(cost.CostError):
            formula(*wrong)
