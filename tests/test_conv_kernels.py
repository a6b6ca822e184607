"""Convolution in CUDA C: the definition's results on both devices, each kernel with less work than the last."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from conv_cases import Case, assert_right, call, truth
from gpu_device import at_once

from course_lib import gpu
from course_lib.conv import problem
from course_lib.conv.kernels import direct, im2col, implicit_gemm, launching, winograd
from course_lib.conv.kernels.launching import Tile
from course_lib.errors import UserError
from course_lib.gpu import nvrtc, resources

SMALL = Tile(8, 8, 8, 1, 1)  # quickly compiled
KERNELS = {
    "direct": (direct, {}),
    "im2col": (im2col, {"tile": SMALL}),
    "implicit_gemm": (implicit_gemm, {"tile": SMALL}),
    "winograd": (winograd, {"tile": SMALL}),
}
CASES = [
    Case((2, 4, 7, 5), (6, 4, 3, 3), padding=1),
    Case((1, 1, 3, 3), (1, 1, 3, 3)),
    Case((2, 6, 6, 9), (3, 2, 3, 3), padding=4, groups=3),
    Case((0, 2, 5, 5), (2, 2, 3, 3), padding=1),
    Case((2, 3, 11, 7), (4, 3, 3, 3), stride=(3, 2), padding=(0, 1)),
    Case((3, 4, 9, 8), (6, 2, 3, 3), stride=2, dilation=(1, 2), padding=(1, 3), groups=2),
]
OTHER_FILTERS = [Case((2, 3, 6, 5), (4, 3, 1, 1)), Case((2, 2, 9, 8), (3, 2, 4, 3), padding=(1, 0))]
FUNCTIONS = ("forward", "grad_x", "grad_w")
named = pytest.mark.parametrize("name", KERNELS)


def ready(name, function, case, **named):
    """The launches of one of the functions, and the host arrays."""
    module, options = KERNELS[name]
    made = SimpleNamespace(**{function: getattr(module, function).ready})
    found = truth(case, "f4")
    return call(made, function, case, map(gpu.asarray, found[:3]), **options | named), found


def judged(name, case):
    """What every function gives, or the error of one that cannot."""
    found = truth(case, "f4")
    for function in FUNCTIONS:
        made, _ = ready(name, function, case)
        got = made()
        assert_right(got.get(), found.results[function], found.sizes[function], 2e-6, (name, function, case))
        assert (made().get() == got.get()).all()


@named
def test_kernels_agree_with_torch_forward_and_backward(device, name):
    at_once(lambda function: ready(name, function, CASES[0])[0](), [(function,) for function in FUNCTIONS])  # compile
    for case in CASES:
        if name == "winograd" and case.stride != 1:
            with pytest.raises(
                problem.ConvError, match=r"F\(2x2, 3x3\) needs stride 1, but .* implicit_gemm takes any"
            ):
                judged(name, case)
        else:
            judged(name, case)


@pytest.mark.parametrize("name", ["direct", "im2col", "implicit_gemm"])
def test_filters_of_other_sizes_are_taken_too(device, name):
    for case in OTHER_FILTERS:
        judged(name, case)


def test_a_thread_may_have_any_rectangle(device):
    case = CASES[0]
    found, options = truth(case, "f4"), {"tile": Tile(16, 32, 8, 2, 4)}
    got = call(implicit_gemm, "forward", case, map(gpu.asarray, found[:3]), **options).get()
    assert_right(got, found.results["forward"], found.sizes["forward"], 2e-6, options)


split = pytest.mark.parametrize("name", ["im2col", "implicit_gemm"])


@split
@pytest.mark.parametrize("parts", [1, 2, 5, 1000])
def test_a_sum_in_parts_is_the_sum(device, name, parts):
    for case in (CASES[2], CASES[3], CASES[5]):
        made, found = ready(name, "grad_w", case, parts=parts)
        assert_right(made().get(), found.results["grad_w"], found.sizes["grad_w"], 2e-6, case)
        assert made.steps[-1].kernel.name == ("grad_w" if parts == 1 or case.x[0] == 0 else "add_parts")


@split
def test_a_long_sum_keeps_a_gpu_busy_and_a_short_one_stays_whole(device, name):
    for shape, w, least, most in (((64, 3, 55, 55), (64, 3, 11, 11), 264, 300), ((1, 4, 20, 20), (8, 4, 3, 3), 1, 1)):
        conv = problem.sizes(shape, w)
        x, dy = gpu.empty(conv.x, np.float32), gpu.empty(conv.y, np.float32)
        made = KERNELS[name][0].grad_w.ready(x, dy, w, tile=SMALL._replace(m=64, n=64, thread_m=4, thread_n=4))
        product = next(step for step in made.steps if step.kernel.name == "grad_w")
        assert least <= np.prod(product.how[0]) <= most


@split
def test_parts_of_a_sum_race_nowhere(glass, name):
    for step in ready(name, "grad_w", CASES[5], parts=3)[0].steps:
        assert list(step.kernel.check(*step.how, orders=2)) == []
        step()


@split
@pytest.mark.parametrize("parts", [0, -1, 1.5, True, "2"])
def test_parts_that_cannot_be_are_refused_in_a_sentence(device, name, parts):
    with pytest.raises(UserError, match="parts is an integer of at least 1, or None") as caught:
        ready(name, "grad_w", CASES[0], parts=parts)
    assert "\n" not in str(caught.value)


def test_winograds_kernels_take_only_filters_of_3_x_3(device):
    with pytest.raises(problem.ConvError, match="needs filters of 3 x 3, but 4 x 3 came; implicit_gemm takes any"):
        judged("winograd", OTHER_FILTERS[1])
    with pytest.raises(problem.ConvError, match="needs filters of 3 x 3"):
        winograd.count(OTHER_FILTERS[0].x, OTHER_FILTERS[0].w)


@named
def test_no_kernel_has_a_race_or_reads_what_nobody_wrote(glass, name):
    for function in FUNCTIONS:
        for step in ready(name, function, CASES[0])[0].steps:
            assert list(step.kernel.check(*step.how, orders=2)) == []
            step()  # the next one reads what this one writes


@pytest.fixture(scope="module")
def profiles():
    """name -> the profiles of forward's launches, on a convolution whose tiles are full."""
    case, found = Case((2, 8, 8, 8), (16, 8, 3, 3), padding=1), {}
    with gpu.use("glass"):
        for name in KERNELS:
            made, _ = ready(name, "forward", case)
            found[name] = case, [(step.kernel.profile(*step.how), step())[0] for step in made.steps]
    return found


def total(profiles, name, what):
    return sum(profile.total(what) for profile in profiles[name][1])


def test_each_kernel_does_less_of_what_the_one_before_waited_for(profiles):
    assert 4 * total(profiles, "im2col", "loaded") < total(profiles, "direct", "loaded")
    for what in ("loaded", "sectors"):  # the columns are neither written nor read
        assert total(profiles, "implicit_gemm", what) < total(profiles, "im2col", what)
    products = {name: profiles[name][1][2 if name == "winograd" else -1].total("flops") for name in profiles}
    assert products["direct"] == products["im2col"] == products["implicit_gemm"] == 2.25 * products["winograd"]


@named
def test_counts_are_what_the_machine_counts(profiles, name):
    case, _ = profiles[name]
    count, flops = KERNELS[name][0].count(case.x, case.w, *case.options), total(profiles, name, "flops")
    if name != "winograd":
        assert flops == count.flops
    else:  # instructions of transforms, of which a fused one is two flops
        assert count.flops <= flops <= 1.1 * count.flops
    with gpu.use("glass"):
        arrays = {}
        for step in ready(name, "forward", case)[0].steps:
            arrays |= {array.pointer: array.nbytes for array in step.how[2] if hasattr(array, "pointer")}
    given = 4 * (np.prod(case.x) + np.prod(case.w) + 2 * 16 * 8 * 8)
    assert sum(arrays.values()) == given + count.workspace


@pytest.mark.parametrize(("name", "function", "number"), [("im2col", "grad_x", 0), ("implicit_gemm", "grad_w", 0)])
def test_a_turned_matrix_is_read_in_whole_sectors_and_meets_itself_in_no_bank(glass, name, function, number):
    step = ready(name, function, Case((2, 8, 8, 8), (16, 8, 3, 3), padding=1))[0].steps[number]
    profile = step.kernel.profile(*step.how)
    lines = [line for line in profile.lines.values() if line.global_requests]
    assert len(lines) == 3 and all(line.sectors <= 1.4 * line.ideal for line in lines)
    assert profile.total("wavefronts") <= 1.1 * profile.total("smooth")


@pytest.mark.parametrize("file", [module.FILE for module, _ in KERNELS.values()], ids=lambda file: file.stem)
def test_a_hopper_needs_no_spills(file):
    source, defines = file.read_text(), Tile().defines() | {"FILTER_R": 3, "FILTER_S": 3}
    assert "Architecture: sm_75" in source
    report = resources.report(source, file.name, nvrtc.options(defines, beside=file.parent), "sm_90")
    kernels = re.findall(r"(\w+)\([^()]*\bConv conv", source)
    assert len(kernels) == source.count('extern "C"')
    for kernel in kernels:
        found = resources.read(report, kernel)
        assert found.spill_stores == found.spill_loads == found.stack == 0 < found.registers, kernel


X, W = np.zeros((2, 4, 6, 7), "f4"), np.zeros((6, 4, 3, 3), "f4")
MISTAKES = {
    "forward(X, w)": "x is in host memory, which a kernel cannot see; move it with gpu.asarray",
    "forward(x, W)": "w is in host memory",
    "forward(x[0], w)": "x is a float32 array of four dimensions on the device, but float32 of shape",
    "forward(gpu.asarray(X.astype('f8')), w)": "x is a float32 array .* but float64 of shape",
    "forward(None, w)": "but NoneType came",
    "forward(x[:, :, ::2], w)": "x is not contiguous",
    "forward(x, w, groups=2)": "so that a filter has 2, but w has 4",
    "forward(x, w, stride=0)": "stride is an integer of at least 1",
    "grad_x(x, w, (2, 4, 6, 7))": "so dy has that shape",
    "grad_w(x, x, (6, 4, 3, 3))": "so dy has that shape",
}


@named
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_answered_in_one_sentence(device, name, mistake):
    known = vars(KERNELS[name][0]) | {"X": X, "W": W, "x": gpu.asarray(X), "w": gpu.asarray(W)}
    with pytest.raises(UserError, match=MISTAKES[mistake]) as caught:
        eval(mistake, known)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "tile", [(16, 16, 4, 3, 2), (16, 16, 4, 0, 2), (16, 16, 1, 2, 1), (16.0, 16, 4, 2, 2)], ids=str
)
def test_tiles_that_cannot_be_are_refused_in_a_sentence(glass, tile):
    with pytest.raises(UserError, match="a tile is five integers") as caught:
        implicit_gemm.forward(gpu.asarray(X), gpu.asarray(W), tile=Tile(*tile))
    assert "\n" not in str(caught.value)


def test_the_record_is_the_struct_of_the_kernels():
    source = (direct.FILE.with_name("conv.h")).read_text()
    struct = re.search(r"struct Conv \{(.*?)\};", source, re.DOTALL)[1]
    assert re.findall(r"\w+(?=[,;])", re.sub(r"//[^\n]*", "", struct)) == launching.SIZES
