"""A profile's words and pictures: the report as text and HTML, the roofline, the estimate, and what they rest on."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from course_lib import gpu
from course_lib.gpu.glass import estimate as model
from course_lib.gpu.glass import work
from course_lib.hardware import HardwareError, occupancy

WORK = """
#include <cuda_fp16.h>
extern "C" __global__ void k(float* x, double* d, __half2* h, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    x[i] = x[i] * 2.0f + 1.0f;
    d[i] = d[i] * d[i];
    h[i] = __hfma2(h[i], h[i], h[i]);
    if (i % 2 == 0) x[i] = sqrtf(x[i]);
    if (i < n) x[i] += 1.0f;  // n is the whole: nobody parts
}
"""


@pytest.fixture(scope="module")
def profile():
    with gpu.use("glass"):
        kernel = gpu.compile(WORK, "work<b>.cu").get_function("k")
        arrays = gpu.zeros(1024), gpu.zeros(1024, "f8"), gpu.asarray(np.zeros((1024, 2), np.float16))
        return kernel.profile((8,), (128,), (*arrays, 1024))


def test_operations_are_counted_by_type(profile):
    lines = {line.source.strip(): line for line in profile.listing()}
    assert lines["x[i] = x[i] * 2.0f + 1.0f;"].work == {"fp32": 2 * 1024}
    assert lines["d[i] = d[i] * d[i];"].work == {"fp64": 1024}
    assert sum(line.work["fp16"] for line in profile.listing()) == 4 * 1024
    assert profile.total("flops") == sum(profile.sum("work").values())
    assert profile.total("instructions") == sum(profile.sum("kinds").values())
    assert profile.sum("kinds")["memory"] == sum(profile.sum("requests").values())


@pytest.mark.parametrize(
    ("opcode", "type_", "flops"),
    [
        ("atom.add.noftz.bf16x2", "bf16", 2),
        ("atom.shared.add.noftz.f16", "fp16", 1),
        ("red.global.add.f64", "fp64", 1),
        ("atom.global.add.u32", "", 0),
        ("atom.global.exch.b32", "", 0),
    ],
)
def test_an_atomic_sum_is_an_operation(opcode, type_, flops):
    assert work.of(opcode)[1:] == (type_, flops)


def test_branches_that_part_are_told_from_those_that_do_not(profile):
    parts = next(line for line in profile.listing() if "i % 2 == 0" in line.source)
    whole = next(line for line in profile.listing() if "i < n" in line.source)
    assert parts.divergence == 1 and parts.branches == parts.parted == 32
    assert whole.divergence == 0 and whole.parted == 0


def test_bytes_moved_and_used_are_compared(profile):
    parts = next(line for line in profile.listing() if "i % 2 == 0" in line.source)
    assert parts.bytes_moved == 2 * parts.used > 0
    whole = next(line for line in profile.listing() if "d[i] *" in line.source)
    assert whole.bytes_moved == whole.used == 2 * 1024 * 8 and whole.intensity == 1 / 16


@pytest.mark.parametrize("name", ["H200", "T4", "RTX 4090"])
def test_the_estimate_rests_on_the_machines_numbers(profile, name):
    on = profile.on(name)
    found, where = on.estimate, on.where
    r = on.resources
    assert found.occupancy == occupancy(name, 128, r.registers, r.shared)
    assert found.times[model.MEMORY] == (profile.read + profile.written) / where.bandwidth
    assert found.uncached == profile.total("bytes_moved") / where.bandwidth >= found.times[model.MEMORY]
    slots = profile.total("instructions") / 4 / 8 / where.clock  # eight blocks, each on a multiprocessor of its own
    assert found.times[model.ISSUE] == pytest.approx(slots)
    assert found.bound_by == max(found.times, key=found.times.get)
    assert any("too few blocks" in note for note in found.notes)  # eight blocks are too few for any of them
    text = repr(on)
    assert name in text and "a model and not a measurement" in text and found.bound_by in text


def test_the_roofline_says_what_is_attainable(profile):
    found = profile.estimate
    bandwidth, flops = found.machine.bandwidth, profile.total("flops")
    slow, fast = flops / profile.total("bytes_moved"), flops / (profile.read + profile.written)
    assert found.intensities == pytest.approx((slow, fast))
    assert found.attainable == pytest.approx(tuple(min(found.peak, i * bandwidth) for i in (slow, fast)))
    assert "ridge" in repr(profile)


def test_a_machine_that_cannot_run_the_kernel_is_named():
    source = """#include <cuda_bf16.h>
extern "C" __global__ void k(__nv_bfloat16* x) { x[threadIdx.x] = __hfma(x[0], x[1], x[2]); }"""
    with gpu.use("glass"):
        x = gpu.asarray(np.zeros(32, np.uint16))
        profile = gpu.compile(source).get_function("k").profile((1,), (32,), (x,))
    assert profile.estimate.kind == "bf16"
    assert "the T4 has no units for bf16" in repr(profile.on("T4"))
    with pytest.raises(HardwareError, match="H200"):
        profile.on("abacus")


class Checker(HTMLParser):
    """Every element is closed; nothing is fetched."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.cells, self.rows = [], [], 0, []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append(0)
        if tag in ("td", "th"):
            self.rows[-1] += 1
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_report_in_a_notebook_is_one_piece_that_fetches_nothing(profile):
    html = profile._repr_html_()
    checker = Checker()
    checker.feed(html)
    assert checker.open == [] and len(set(checker.rows)) == 1
    assert not any({"src", "href"} & attributes.keys() for _, attributes in checker.tags)
    assert not re.search(r"https?://|@import|url\(", html)
    assert "work&lt;b&gt;.cu" in html and "work<b>" not in html


def test_the_report_is_complete_without_scripts(profile):
    html = profile._repr_html_()
    bare = re.sub(r"<script>.*?</script>|<style>.*?</style>", "", html, flags=re.DOTALL)
    for line in profile.listing():
        assert f"{line.instructions:,}" in bare
    assert "<button" not in bare and "<label hidden>" in bare  # what only a script can serve is not shown
    assert "a model and not a measurement" in bare and "<svg" in bare


def test_text_is_aligned_and_columns_with_nothing_to_say_are_left_out(profile):
    head, *rows = repr(profile).split("\n")[1 : 2 + len(profile.listing())]
    place = head.index("source")
    assert all(row[place - 2 : place] == "  " for row in rows)
    assert "bank passes" not in head and "sectors/request" in head and "parted" in head


def test_a_kernel_that_touches_no_memory_has_a_report_too():
    with gpu.use("glass"):
        profile = gpu.compile('extern "C" __global__ void k() {}').get_function("k").profile((1,), (32,), ())
    assert profile.total("flops") == 0 and profile.estimate.uncached == 0
    assert "k (kernel.cu)" in repr(profile) and "<table" in profile._repr_html_()


def test_a_line_that_ran_nothing_is_named(profile):
    with pytest.raises(KeyError, match=r"no code of line 999 of work<b>.cu ran; the lines that did are \d+, "):
        profile[999]
