"""What a lesson shows of the ladder: parts of kernels, headers, published shares, and one product by one warp."""

from pathlib import Path

import numpy as np
import pytest

from course_lib import gpu
from course_lib.errors import UserError
from course_lib.matmul import bfloat16, launch, published, tensor
from course_lib.matmul.excerpt import changes, excerpt

RUNGS = sorted(Path(launch.__file__).parent.glob("*.cu"))


@pytest.fixture
def text(tmp_path):
    file = tmp_path / "kernel.cu"
    file.write_text("void f()\n{\n    for (;;) {\n\n        g();\n    }\n}\n")
    return file


def test_an_excerpt_is_whole_lines_shifted_left(text):
    assert excerpt(text, "for", "g()") == "for (;;) {\n\n    g();"
    assert excerpt(text, "g()", "g()") == "g();"


@pytest.mark.parametrize(("first", "last", "named"), [("h()", "}", "h()"), ("g()", "for", "for")])
def test_words_that_are_not_there_are_named(text, first, last, named):
    with pytest.raises(
        UserError, match=f"kernel.cu has no line with '{named}'".replace("(", "\\(").replace(")", "\\)")
    ):
        excerpt(text, first, last)


@pytest.mark.parametrize("rung", RUNGS[1:-1], ids=lambda path: path.stem)
def test_every_rung_says_what_changed_since_the_one_before(rung):
    said = changes(rung)
    assert said.startswith(f"What changed since {int(rung.name[:2]) - 1:02}") and "//" not in said


def test_published_shares_are_of_our_rungs_and_every_source_is_named():
    assert [name[:2] for name in published.SHARES] == [rung.name[:2] for rung in RUNGS]
    used = {source for shares in published.SHARES.values() for source in shares}
    assert used == set(published.SOURCES)
    assert all(0 < share < 1.2 for shares in published.SHARES.values() for share in shares.values())


@pytest.mark.parametrize("swizzle", [0, 1])
def test_one_mma_multiplies_and_a_swizzle_frees_it_of_conflicts(glass, swizzle):
    rng = np.random.default_rng(0)
    A, B = (rng.integers(-8, 8, shape).astype("f4") for shape in ((16, 16), (16, 8)))
    held = gpu.empty((32, 4))
    kernel = gpu.load(tensor.ONE_MMA, SWIZZLE=swizzle).get_function("mma")
    args = (gpu.asarray(bfloat16.to_bits(A)), gpu.asarray(bfloat16.to_bits(B)), held)
    profile = kernel.profile((1,), (32,), args)
    lane, register = np.mgrid[:32, :4]
    row, column = lane // 4 + register // 2 * 8, lane % 4 * 2 + register % 2
    assert np.array_equal(held.get(), (A @ B)[row, column])
    loads = [line for line in profile.listing() if "ldmatrix" in line.source]
    assert [line.wavefronts == line.smooth for line in loads] == [bool(swizzle), True]
    assert list(kernel.check((1,), (32,), args)) == []
