"""`course measure conv` checks before it times, says what it left out, and its record can be shown."""

import json
import re

import numpy as np
import pytest

from course_lib import cli, gpu
from course_lib.conv import direct, fastest, measure, records
from course_lib.conv.algorithms import ALGORITHMS, Algorithm
from course_lib.conv.layers import LAYERS, Layer
from course_lib.errors import UserError
from course_lib.gpu import cuda
from course_lib.stopwatch import Clock, WrongResult


class OnGlass:
    """What array functions are on a GPU: forward of device arrays, here by way of the host."""

    def __init__(self, name):
        self.name = name

    def forward(self, x, w, *options, **named):
        return gpu.asarray(ALGORITHMS[self.name].forward(x.get(), w.get(), *options, **named))

    def count(self, *given, **named):
        return ALGORITHMS[self.name].count(*given, **named)


def library(x, w, stride, padding):
    """What cuDNN is on a GPU: a convolution of two device arrays, ready at once."""
    y = gpu.asarray(direct.forward(x.get(), w.get(), stride, padding))
    return lambda: y


def told(seconds):
    return Clock("a clock for tests", lambda run: (run(), seconds))


SMALL = {"AlexNet small": Layer(3, 9, 4, 3, 1, 1), "VGG strided": Layer(2, 9, 3, 3, 2, 0)}
TIMED = {
    "im2col": Algorithm(OnGlass("im2col")),
    "F(2x2)": Algorithm(OnGlass("F(2x2)")),
    "direct.cu": measure.KERNELS["direct.cu"],
}


def test_every_algorithm_is_checked_timed_and_put_beside_the_library(glass):
    times = measure.measure(SMALL, TIMED, told(0.5), library, rounds=3, longest=10, batch=2)
    rows = {(row["layer"], row["algorithm"]): row for row in times}
    assert list(rows) == [(layer, name) for layer in SMALL for name in ("cuDNN", *TIMED)]
    first = rows["AlexNet small", "direct.cu"]
    assert first["tflops"] == pytest.approx(2 * 2 * 4 * 9 * 9 * 27 / 0.5 / 1e12)
    assert (first["ms"], first["share_of_cudnn"], first["batch"]) == (500, 1, 2)
    assert "needs stride 1" in rows["VGG strided", "F(2x2)"]["skipped"]


def test_what_would_take_too_long_or_too_much_memory_is_left_out_with_the_reason(glass, monkeypatch):
    few = {"im2col": TIMED["im2col"]}
    (_, row) = measure.measure(dict([*SMALL.items()][:1]), few, told(3.0), library, 1, longest=2, batch=1)
    assert row["skipped"] == "one run takes 3.0 s; the limit is 2 s"
    monkeypatch.setattr(measure, "MOST_BYTES", 100)
    (_, row) = measure.measure(dict([*SMALL.items()][:1]), few, told(1.0), library, 1, longest=2, batch=1)
    assert "GiB of workspace" in row["skipped"]


def test_a_wrong_result_is_not_timed(glass):
    class Wrong(OnGlass):
        def forward(self, *given, **named):
            y = super().forward(*given, **named)
            y[:, -1] = 0.0
            return y

    tried, came = {"wrong": Algorithm(Wrong("im2col")), "im2col": TIMED["im2col"]}, []
    times = measure.measure(SMALL, tried, told(1), library, 1, 10, batch=2, each=came.append)
    assert [row.get("skipped") for row in times] == 2 * [None, "its result is wrong, so it was not timed", None]
    assert [row for rows in came for row in rows] == times and len(came) == 2
    assert records.line(came[0]) == "AlexNet small, 2 images: cuDNN 0.00 (100%), wrong wrong, im2col 0.00 (100%)"


def test_a_wrong_library_stops_everything(glass):
    with pytest.raises(WrongResult, match="cuDNN gives a wrong result for AlexNet small"):
        measure.measure(SMALL, TIMED, told(1), lambda *_: lambda: gpu.zeros((2, 4, 9, 9)), 1, 10, batch=2)


def record(**changes):
    told = {"layer": "VGG 3.2", "batch": 32}
    times = [
        {**told, "algorithm": "cuDNN", "ms": 1.0, "tflops": 40.0, "share_of_cudnn": 1.0},
        {**told, "algorithm": "F(4x4)", "ms": 2.0, "tflops": 20.0, "share_of_cudnn": 0.5},
        {"layer": "VGG 4.2", "batch": 32, "algorithm": "F(4x4)", "skipped": "too long"},
    ]
    point = {"kernel": 3, "channels": 4, "batch": 1, "image": 9, "seconds": {"FFT": 2.0}, "ratio": {"FFT": 1.0}}
    common = {"device": "NVIDIA <X>", "date": "2026-01-01", "rounds": 3, "clock": "told"}
    return {**common, "times": times, "fastest": [point]} | changes


def test_records_are_read_newest_first_and_shown_as_tables(tmp_path):
    assert records.records(tmp_path) == []
    records.write(record(), tmp_path / "conv_old.json")
    newest = records.write(record(date="2027-05-05T10:00:00"), tmp_path / "conv_new.json")
    assert records.records(tmp_path)[0] == newest
    assert newest.share("F(4x4)", "VGG 3.2") == 0.5 and newest.share("F(4x4)", "VGG 4.2") is None
    assert "20.00 (50%)" in repr(newest) and "not run" in repr(newest) and "2027-05-05" in repr(newest)
    assert (
        "NVIDIA &lt;X&gt;" in newest._repr_html_() and '<th scope="col">VGG 3.2, 32 images</th>' in newest._repr_html_()
    )
    assert newest.points[0].best == "FFT"


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"times": [{}]}), json.dumps(record(times=[{"size": 1}]))])
def test_a_damaged_record_is_named_in_a_sentence(tmp_path, text):
    (tmp_path / "conv_x.json").write_text(text)
    with pytest.raises(UserError, match="conv_x.json is no record of `course measure conv`") as caught:
        records.records(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(cuda.available(), reason="this machine has a GPU")
def test_the_command_says_that_it_needs_a_gpu(capsys):
    assert cli.main(["measure", "conv", "--layers", "VGG 3.2"]) == 2
    said = capsys.readouterr().err
    assert "times convolutions on a GPU" in said and said.count("\n") == 1


@pytest.mark.parametrize(("given", "words"), [(["--rounds", "0"], "at least 1"), (["--layers", "x"], "the layers are")])
def test_the_command_refuses_what_makes_no_sense(capsys, given, words):
    assert cli.main(["measure", "conv", *given]) == 2
    assert words in capsys.readouterr().err


def test_which_is_the_fastest_is_told_as_it_comes():
    came = []
    sizes = {"kernels": (1, 3), "channels": (2,), "batches": (1,), "images": (5,)}
    assert came == [] and fastest.measure(**sizes, seconds=60, rounds=1, each=came.append) == came and len(came) == 2
    assert re.fullmatch(r"1 x 1, 2 channels, batch 1 of 5 x 5: .+, \d+\.\d{3} ms", records.line_of_point(came[0]))


def test_layers_are_chosen_by_name():
    assert measure.layers(None) == LAYERS and list(measure.layers(["VGG 5.2"])) == ["VGG 5.2"]
    assert all(name.split()[0] in measure.BATCH for name in LAYERS)


@pytest.mark.gpu
def test_a_gpu_writes_a_record(tmp_path, capsys):
    if not cuda.available():
        pytest.skip("this machine has no CUDA device")
    file = tmp_path / "conv_here.json"
    asked = ["--layers", "VGG 5.2", "--rounds", "3", "--seconds", "10", "--output", str(file)]
    assert cli.main(["measure", "conv", *asked]) == 0
    (found,) = records.records(tmp_path)
    assert 0 < found.share("im2col", "VGG 5.2") < 3 and str(file) in capsys.readouterr().out


@pytest.mark.gpu
@pytest.mark.parametrize("name", ALGORITHMS)
def test_array_functions_take_arrays_of_a_gpu(name):
    if not cuda.available():
        pytest.skip("this machine has no CUDA device")
    rng, algorithm = np.random.default_rng(0), ALGORITHMS[name]
    x, w = rng.standard_normal((2, 3, 9, 8)), rng.standard_normal((4, 3, 3, 3))
    with gpu.use("cuda"):
        y = algorithm.forward(gpu.asarray(x), gpu.asarray(w), padding=1)
        dx, dw = (
            algorithm.grad_x(y, gpu.asarray(w), x.shape, padding=1),
            algorithm.grad_w(gpu.asarray(x), y, w.shape, padding=1),
        )
        got = y.get(), dx.get(), dw.get()
    host = algorithm.forward(x, w, padding=1)
    expected = host, algorithm.grad_x(host, w, x.shape, padding=1), algorithm.grad_w(x, host, w.shape, padding=1)
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-10)
