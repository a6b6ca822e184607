"""The counts of `kernel.profile` are those of the hardware's documents: exact, not estimated."""

import numpy as np
import pytest

from course_lib import gpu
from course_lib.matmul import launch

ACCESSES = """
extern "C" __global__ void access(float* x, float4* v, double* d)
{
    __shared__ float square[32][32], padded[32][33];
    __shared__ double wide[32];
    int i = threadIdx.x;
    for (int r = 0; r < 32; r++) square[r][i] = padded[r][i] = i;  // line 7
    __syncthreads();
    float s = 0;
    s += x[i];           // line 10: neighbours
    s += x[32 * i];      // line 11: far apart
    s += x[5];           // line 12: all one
    s += v[i].x + v[i].y + v[i].z + v[i].w;  // line 13: sixteen bytes each
    s += x[i + 1];       // line 14: neighbours, not at a sector's start
    s += x[2 * i];       // line 15: every other one
    for (int r = 0; r < 32; r++) s += square[i][r];  // line 16: one bank
    for (int r = 0; r < 32; r++) s += padded[i][r];  // line 17: all banks
    wide[i] = s;         // line 18: eight bytes each
    if (i < 7) s += x[i + 992] * x[i + 1000];  // line 19: some lanes
    s += d[i] + wide[31 - i];  // line 20
    x[i / 2] = s;        // line 21: two lanes an element
}
"""
SECTORS = {10: 4, 11: 32, 12: 1, 13: 16, 14: 5, 15: 8, 19: 1, 20: 8, 21: 2}
IDEAL = {10: 4, 11: 4, 12: 1, 13: 16, 14: 4, 15: 4, 19: 1, 20: 8, 21: 2}
PASSES = {7: 1, 16: 32, 17: 1, 18: 1}


@pytest.fixture(scope="module")
def profile():
    with gpu.use("glass"):
        x, v, d = gpu.zeros(1024, "f4"), gpu.zeros(128, "f4"), gpu.zeros(32, "f8")
        kernel = gpu.compile(ACCESSES).get_function("access")
        return kernel.profile((1,), (32,), (x, v, d))


@pytest.mark.parametrize("line", SECTORS)
def test_sectors_a_request(profile, line):
    assert profile[line].sectors_per_request == SECTORS[line]
    assert profile[line].ideal_sectors_per_request == IDEAL[line]


@pytest.mark.parametrize("line", PASSES)
def test_passes_over_the_banks(profile, line):
    assert profile[line].bank_conflict == PASSES[line] == profile[line].wavefronts / profile[line].smooth


def test_lanes_that_sit_out_are_counted_out(profile):
    assert profile[19].parted == 1 and profile[19].active_lanes < 32 == profile[10].active_lanes


def square(rung, size, block, **defines):
    with gpu.use("glass"):
        A, C = gpu.asarray(np.ones((size, size), np.float32)), gpu.empty((size, size))
        kernel = gpu.load(rung, **defines).get_function("matmul")
        grid = tuple(launch.blocks(size, side) for side in block)
        profile = kernel.profile(grid, block, (A, A, C, size, size, size))
        assert (C.get() == size).all()
        return profile


def line_of(profile, text):
    return next(line for line in profile.lines.values() if text in line.source)


@pytest.mark.parametrize(
    ("rung", "block", "sectors"),
    [
        (launch.UNCOALESCED, (32, 8), (32 + 1) / 2),
        (launch.NAIVE, (32, 8), (1 + 4) / 2),
        (launch.NAIVE, (16, 16), (2 + 2) / 2),
    ],
)
def test_a_rungs_reads_are_the_ones_its_header_speaks_of(rung, block, sectors):
    profile = square(rung, 64, block)
    assert line_of(profile, "sum +=").sectors_per_request == sectors
    assert profile.total("flops") == 2 * 64**3
    assert profile.total("loaded") == 2 * 64**3 * 4


@pytest.mark.parametrize("tile", [8, 16, 32])
def test_tiles_divide_what_is_loaded_by_their_side(tile):
    profile = square(launch.TILED, 64, (tile, tile), TILE=tile)
    assert profile.total("loaded") == 2 * 64**3 * 4 // tile
    assert line_of(profile, "sum +=").bank_conflict == 1


@pytest.mark.parametrize("size", [1, 37, 50])
def test_edges_count_only_lanes_that_compute(size):
    profile = square(launch.NAIVE, size, (16, 16))
    assert profile.total("flops") == 2 * size**3
    assert profile.total("loaded") == 2 * size**3 * 4


def test_the_listing_shows_source_and_numbers(profile):
    assert "s += x[32 * i];" in repr(profile) and "32.00" in repr(profile)
    html = profile._repr_html_()
    assert "s += x[32 * i];" in html and "i &lt; 7" in html
