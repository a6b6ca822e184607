"""`kernel.step` follows one warp: its lines, the lanes that run them, and what those lanes touch, exactly."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from course_lib import gpu
from course_lib.gpu.errors import KernelTimeout, LaunchError, OutOfBounds

ALL, EVEN, ODD = 0xFFFFFFFF, 0x55555555, 0xAAAAAAAA
SOURCE = """
__device__ __noinline__ float half_of(float x)
{
    return x / 2;
}
extern "C" __global__ void paths(float* x, const int* turns, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    if (i % 2 == 0) {
        x[i] = 3 * x[i];
        if (i % 4 == 0)
            x[i] = half_of(i);
    } else {
        x[i] = turns[i];
    }
    #pragma unroll 1
    for (int j = 0; j < turns[i]; j++)
        x[j * n + i] += 1;
}
extern "C" __global__ void together(int* y, const float4* wide, double* d, unsigned char* small)
{
    __shared__ int tile[32][33];
    extern __shared__ short more[];
    int t = threadIdx.y * blockDim.x + threadIdx.x;
    tile[t % 32][t / 32] = -t;
    __syncthreads();
    y[31 - t % 32] = __shfl_xor_sync(0xffffffff, tile[t % 32][t / 32], 1);
    more[2 * (t % 32)] = t;
    d[t % 32] = wide[t % 32].x + wide[t % 32].w;
    atomicAdd(&y[0], 2);
    small[3] = 7;
}
extern "C" __global__ void either(int* y, const int* a, const int* b)
{
    __shared__ int c[32], d[40];
    int t = threadIdx.x;
    c[t] = a[t];
    d[t] = b[t];
    const int* from = t % 2 ? a : b;
    const int* at = t % 4 ? c : d + 8;
    y[t] = from[t];
    y[t] += at[t % 16];
}
extern "C" __global__ void endless(int* y)
{
    while (atomicAdd(y, 0) == 0) ;
}
"""


def line_of(text: str) -> int:
    return next(n for n, line in enumerate(SOURCE.split("\n"), 1) if text in line)


def mask(lanes) -> int:
    return sum(1 << lane for lane in lanes)


@pytest.fixture(scope="module")
def module():
    with gpu.use("glass"):
        yield gpu.compile(SOURCE)


def paths(module, n=64, turns=None, threads=32, **chosen):
    """The steps of `paths` and what it left in x; turns: per thread."""
    turns = np.zeros(n, np.int32) if turns is None else np.asarray(turns, np.int32)
    x = gpu.asarray(np.arange(n * (4 + max(turns)), dtype=np.float32))
    arguments = x, gpu.asarray(turns), np.int32(n)
    grid = (-(-n // threads),)
    steps = module.get_function("paths").step(grid, (threads,), arguments, **chosen)
    return steps, x.get(), (grid, (threads,), arguments)


@pytest.fixture(scope="module")
def ran(module):
    x = gpu.zeros(32, np.int32)
    wide = gpu.asarray(np.arange(128, dtype=np.float32))
    arguments = x, wide, gpu.zeros(32, np.float64), gpu.zeros(4, np.uint8)
    return module.get_function("together").step((1,), (16, 5), arguments, shared_mem=128, warp=1)


def masks(steps, text) -> list[int]:
    return [step.lanes for step in steps if step.line == line_of(text)]


def test_both_sides_of_a_branch_run_one_after_the_other_and_their_lanes_meet_again(module):
    steps, _, _ = paths(module)
    assert masks(steps, "if (i % 2")[0] == ALL
    assert masks(steps, "x[i] = 3 * x[i]") == [EVEN] and masks(steps, "x[i] = turns") == [ODD]
    assert masks(steps, "return x / 2") == [mask(range(0, 32, 4))]
    assert any("part, 16 and 16" in note for step in steps if step.line == line_of("if (i % 2") for note in step.notes)
    met = [step for step in steps if "the lanes meet again" in step.notes]
    assert met and met[-1].lanes == ALL
    assert steps[-1].lanes == ALL and "these lanes end" in steps[-1].notes


@pytest.mark.parametrize("turns", [[0] * 32, [3] * 32, [i % 4 for i in range(32)], [2] + 31 * [0]])
def test_a_lane_that_has_done_its_turns_waits_for_the_others(module, turns):
    steps, _, _ = paths(module, 32, turns)
    expected = [mask(i for i in range(32) if turns[i] > j) for j in range(max(turns))]
    body = [step for step in steps if step.line == line_of("x[j * n + i] += 1")]
    assert [step.lanes for step in body if step.accesses] == expected
    assert steps[-1].lanes == ALL
    for j, step in enumerate(step for step in body if step.accesses):
        reads, writes = step.accesses
        assert (reads.does, writes.does, reads.array) == ("reads", "writes", "x")
        assert reads.indices == writes.indices == {i: 32 * j + i for i in range(32) if turns[i] > j}
        assert all(writes.values[i][0] == reads.values[i][0] + 1 for i in reads.indices)


@pytest.mark.parametrize(
    ("n", "threads", "of", "warp", "lanes"), [(33, 32, 1, 0, 1), (37, 64, 0, 1, 5), (64, 64, 0, 1, 32)]
)
def test_lanes_that_return_early_are_gone(module, n, threads, of, warp, lanes):
    steps, _, _ = paths(module, n, threads=threads, of=(of,), warp=warp)
    assert steps.of == (of, 0, 0) and steps.warp == warp
    assert masks(steps, "if (i >= n)") == [ALL]
    assert masks(steps, "x[i] = 3 * x[i]")[0] == EVEN & ((1 << lanes) - 1) if n % 2 or lanes == 32 else ODD


@pytest.mark.parametrize("threads", [1, 7, 31, 45])
def test_a_partial_warp_has_only_the_lanes_that_have_threads(module, threads):
    last = (threads - 1) // 32
    steps, _, _ = paths(module, threads, threads=threads, warp=last)
    assert steps.threads == threads - 32 * last
    assert steps[0].lanes == (1 << steps.threads) - 1 == steps[-1].lanes
    assert steps[0].mask == "#" * steps.threads + "." * (32 - steps.threads)


@pytest.mark.parametrize("most", [1, 2, 1000, 2**70])
def test_the_results_are_those_of_a_plain_run_however_little_is_recorded(module, most):
    turns = np.arange(64) % 4
    steps, x, (grid, block, arguments) = paths(module, 64, turns, of=(1,), most=most)
    arguments[0].set(np.arange(x.size, dtype=np.float32))
    module.get_function("paths")(grid, block, arguments)
    assert (arguments[0].get() == x).all()
    assert steps.cut == (most < 1000) and (len(steps) == most) == steps.cut
    assert ("cut" in str(steps)) == steps.cut


@pytest.mark.parametrize(
    ("text", "array", "indices", "values", "cost"),
    [
        ("] = -t;", "tile", [33 * i + 1 for i in range(32)], [(-32 - i,) for i in range(32)], 1),
        ("y[31 - t % 32]", "y", [31 - i for i in range(32)], [(-32 - (i ^ 1),) for i in range(32)], 4),
        ("more[2 *", "more", [2 * i for i in range(32)], [(32 + i,) for i in range(32)], 1),
        ("d[t % 32]", "d", list(range(32)), [(8 * i + 3.0,) for i in range(32)], 8),
        ("atomicAdd", "y", [0] * 32, [(2,)] * 32, 1),
        ("small[3]", "small", [3] * 32, [(7,)] * 32, 1),
    ],
)
def test_each_access_tells_array_index_and_value_of_every_lane(ran, text, array, indices, values, cost):
    written = [a for step in ran if step.line == line_of(text) for a in step.accesses if a.does != "reads"]
    assert [a.array for a in written] == [array]
    assert written[0].indices == dict(enumerate(indices))
    assert written[0].values == dict(enumerate(values))
    assert cost == (written[0].passes if written[0].space == "shared" else written[0].sectors)


def test_lanes_that_touch_two_arrays_touch_no_single_one(module):
    a, b = (gpu.asarray(np.arange(32, dtype=np.int32)) for _ in range(2))
    steps = module.get_function("either").step((1,), (32,), (gpu.zeros(32, np.int32), a, b))
    found = {step.line: [e for e in step.accesses if e.does == "reads" and e.array is None] for step in steps}
    (of_two,), (shared,) = found[line_of("y[t] = from[t]")], found[line_of("y[t] += at[t % 16]")]
    assert (of_two.space, of_two.sectors, of_two.outside) == ("global", 8, [])
    assert (shared.space, shared.outside) == ("shared", []) and 1 <= shared.passes <= 2
    assert str(of_two) == "reads memory of no single array (8 sectors)"


def test_barriers_and_shuffles_are_said(ran):
    said = {step.line: step.words for step in ran}
    assert "waits at the barrier" in said[line_of("__syncthreads")]
    assert "a shuffle between the lanes" in said[line_of("__shfl_xor")]
    assert "reads wide[" in said[line_of("d[t % 32]")] and "(16 sectors)" in said[line_of("d[t % 32]")]


def test_a_warp_of_a_two_dimensional_block_knows_its_threads(ran):
    assert (ran.thread(0), ran.thread(17), ran.threads) == ((0, 2, 0), (1, 3, 0), 32)
    assert "threads (0, 2, 0) to (15, 3, 0)" in ran.title


def test_a_fault_ends_the_record_and_is_told(module):
    x, turns = gpu.zeros(40, np.float32), gpu.zeros(64, np.int32)
    steps = module.get_function("paths").step((2,), (32,), (x, turns, np.int32(64)), of=(1,))
    assert isinstance(steps.fault, OutOfBounds) and steps.fault.block == (1, 0, 0) and steps.fault.index == 40
    assert steps[-1].line == steps.fault.line
    assert steps[-1].accesses[-1].outside == list(range(8, 32, 2)) and not steps[-1].accesses[-1].values
    assert "has 40 elements" in str(steps) and "has 40 elements" in steps._repr_html_()


def test_a_fault_of_another_block_is_told_too(module):
    x, turns = gpu.zeros(40, np.float32), gpu.zeros(64, np.int32)
    steps = module.get_function("paths").step((2,), (32,), (x, turns, np.int32(64)), of=(0,))
    assert steps.fault.block == (1, 0, 0) and not any(a.outside for step in steps for a in step.accesses)


def test_a_loop_without_end_is_cut_and_then_stopped(module, monkeypatch):
    monkeypatch.setenv("GLASS_TIME_LIMIT", "0.3")
    steps = module.get_function("endless").step((1,), (32,), (gpu.zeros(1, np.int32),), most=5)
    assert steps.cut and len(steps) == 5 and isinstance(steps.fault, KernelTimeout)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"of": (2, 0)}, "no block of the grid"),
        ({"of": (0, 0, -1)}, "1 to 3 integers"),
        ({"of": 1}, "1 to 3 integers"),
        ({"warp": 1}, "only warp 0"),
        ({"warp": -1}, "only warp 0"),
        ({"warp": 0.0}, "only warp 0"),
        ({"most": 0}, "at least 1"),
        ({"most": True}, "at least 1"),
    ],
)
def test_what_is_not_there_cannot_be_followed(module, chosen, words):
    with pytest.raises(LaunchError, match=words) as error:
        paths(module, **chosen)
    assert "\n" not in str(error.value)


# ---- how it shows ----


class Page(HTMLParser):
    """Tags in pairs, ids and the data of a picture."""

    ALONE = ("rect", "path", "input")

    def __init__(self, html):
        super().__init__()
        self.open, self.ids, self.data = [], [], None
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in self.ALONE:
            self.open.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag not in self.ALONE:
            assert self.open.pop()[0] == tag

    def handle_data(self, text):
        if self.open and self.open[-1] == ("script", {"type": "application/json"}):
            self.data = json.loads(text)


def test_the_listing_has_a_line_for_every_step_and_a_slice_is_steps_too(ran):
    text = str(ran)
    assert len(text.split("\n")) == len(ran) + 2
    assert all(step.mask in text and step.source.strip() in text for step in ran)
    assert [step.number for step in ran[2:5]] == [2, 3, 4] and "3 steps" in ran[2:5].title
    assert sum(1 for _ in ran) == len(ran)


def test_the_picture_holds_every_step_and_asks_nobody_for_anything(ran):
    html = ran._repr_html_()
    page = Page(html)
    assert "http" not in html and not re.search(r"""(src|href|url)\s*[=(]\s*["']?\w""", html)
    assert len(page.ids) == len(set(page.ids)) == 1 and not set(page.ids) & set(Page(ran._repr_html_()).ids)
    assert [step["lanes"] for step in page.data["steps"]] == [step.lanes for step in ran]
    assert "<details>" in html and ran[3].words[:20] in html


def test_the_picture_of_many_steps_shows_the_first_and_says_so(module):
    steps, _, _ = paths(module, 1, [600], threads=1)
    assert len(steps) > 1000 and not steps.fault
    html = steps._repr_html_()
    assert len(Page(html).data["steps"]) == 1000 and "the first 1,000 of" in html


def test_source_text_cannot_break_out_of_the_page():
    source = 'extern "C" __global__ void k(int* x)\n{\n    x[0] = 1;  // </script><b> & "\n}\n'
    with gpu.use("glass"):
        html = gpu.compile(source).get_function("k").step((1,), (1,), (gpu.zeros(1, np.int32),))._repr_html_()
    assert html.count("</script>") == 2 and "&lt;/script&gt;" in html
    Page(html)
