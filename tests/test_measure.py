"""`course measure matmul` checks before it times, says what it left out, and its record can be shown."""

import json
import re

import numpy as np
import pytest

from course_lib import cli, gpu
from course_lib.errors import UserError
from course_lib.gpu import cuda
from course_lib.matmul import bfloat16, launch, measure, records, tensor
from course_lib.matmul.spot_check import SpotCheck
from course_lib.shapes import matmul_bytes, matmul_flops
from course_lib.stopwatch import Clock, WrongResult

RUNGS = {
    "float32": {"naive": launch.naive.ready, "tiled": launch.tiled.ready},
    "bfloat16": {"mma_sync": tensor.mma_sync.ready, "wgmma": measure.RUNGS["bfloat16"]["wgmma"]},
}


def library(A, B):
    """What cuBLAS is on a GPU: a product of the operands' format, ready at once."""
    if A.dtype == np.float32:
        C = gpu.asarray(A.get() @ B.get())
    else:
        C = gpu.asarray(bfloat16.to_bits(bfloat16.to_float32(A.get()) @ bfloat16.to_float32(B.get())))
    return lambda: C


def told_time(seconds):
    """A clock whose reading is chosen beforehand: the same for everyone."""
    return Clock("a clock for tests", lambda run: (run(), seconds))


def test_every_rung_is_checked_timed_and_put_beside_the_library(glass):
    times, kernels = measure.measure((40, 17), RUNGS, told_time(0.5), library, rounds=3, longest=10)
    rows = {(row["size"], row["rung"]): row for row in times if row["rung"] != "cuBLAS"}
    assert set(rows) == {(size, rung) for size in (17, 40) for rung in ("naive", "tiled", "mma_sync", "wgmma")}
    assert rows[40, "tiled"]["tflops"] == pytest.approx(2 * 40**3 / 0.5 / 1e12)
    assert rows[17, "naive"]["ms"] == 500 and rows[17, "naive"]["share_of_cublas"] == 1
    assert "needs a Hopper GPU" in rows[17, "wgmma"]["skipped"]
    assert [row["rung"] for row in times if row["size"] == 17] == [
        *("cuBLAS", "naive", "tiled"), *("cuBLAS", "mma_sync", "wgmma")
    ]  # fmt: skip
    assert kernels["10_mma_sync.cu"]["registers"] > 100 and kernels["10_mma_sync.cu"]["spill_loads"] == 0
    assert kernels["03_tiled.cu"]["defines"] == {"TILE": 16} and kernels["03_tiled.cu"]["architecture"] == "sm_75"


def test_a_product_that_would_take_too_long_is_left_out_with_the_reason(glass):
    times, _ = measure.measure((8, 32), {"float32": RUNGS["float32"]}, told_time(1), library, rounds=1, longest=20)
    left_out = {row["size"]: row["skipped"] for row in times if row["rung"] == "naive" and "skipped" in row}
    assert left_out == {32: "one product would take about 64.0 s, judged by 8; the limit is 20 s"}


def test_a_wrong_product_is_not_timed_and_the_others_are(glass, tmp_path):
    def wrong(A, B):
        entry = launch.naive.ready(A, B)
        return entry._replace(kernel=lambda *how: None)

    family = {"wrong": wrong, "naive": launch.naive.ready}
    times, _ = measure.measure((17,), {"float32": family}, told_time(1), library, 1, 10)
    assert [(row["rung"], row.get("skipped")) for row in times] == [
        *(("cuBLAS", None), ("wrong", "its result is wrong, so it was not timed"), ("naive", None))
    ]  # fmt: skip
    shown = records.write(record(times=times), tmp_path / "matmul_x.json")
    assert shown.wrong == [times[1]] and re.search(r"wrong, float32 +wrong", repr(shown))
    assert records.line(times) == "17, float32: cuBLAS 0.00 (100%), wrong wrong, naive 0.00 (100%)"


def test_a_wrong_library_stops_everything(glass):
    with pytest.raises(WrongResult, match="cuBLAS gives a wrong product of 17 rows in float32"):
        measure.measure((17,), RUNGS, told_time(1), lambda A, B: lambda: A, 1, 10)


def test_what_is_measured_is_told_as_it_comes(glass):
    came = []
    how = (17, 9), RUNGS, told_time(1), library, 1, 10
    times, kernels = measure.measure(*how, each=lambda rows, kernels: came.append((rows, dict(kernels))))
    assert [(rows[0]["size"], rows[0]["format"], len(found)) for rows, found in came] == [
        *((9, "float32", 2), (9, "bfloat16", 3), (17, "float32", 3), (17, "bfloat16", 3))
    ]  # fmt: skip
    assert [row for rows, _ in came for row in rows] == times and came[-1][1] == kernels


def test_the_command_writes_as_it_goes(tmp_path, monkeypatch, capsys):
    def cut_short(sizes, names, rounds, longest, command, keep):
        keep(record(finished=False), records.line(record()["times"]))
        raise KeyboardInterrupt

    monkeypatch.setattr(measure, "record", cut_short)
    assert cli.main(["measure", "matmul", "--output", str(tmp_path / "matmul_x.json")]) == 130
    (found,) = records.records(tmp_path)
    assert "NVIDIA <X>, 2026-01-01, cut short: TFLOP/s" in repr(found) and found.share("tiled", 512) == 0.25
    assert capsys.readouterr().out == "512, float32: cuBLAS 2.00 (100%), tiled 0.50 (25%), tiled not run\n"


def test_the_command_fails_if_a_result_was_wrong(tmp_path, monkeypatch, capsys):
    row = {"size": 9, "format": "float32", "rung": "tiled", "skipped": "its result is wrong, so it was not timed"}
    monkeypatch.setattr(measure, "record", lambda *_: record(times=[*record()["times"], row]))
    assert cli.main(["measure", "matmul", "--output", str(tmp_path / "matmul_x.json")]) == 1
    assert "wrong" in capsys.readouterr().out


def test_the_check_finds_a_tile_that_is_missing_in_a_long_sum(glass):
    rng, k = np.random.default_rng(0), 20_000
    A, B = rng.standard_normal((12, k)).astype("f4"), rng.standard_normal((k, 12)).astype("f4")
    for operands in ((A, B), (bfloat16.to_bits(A), bfloat16.to_bits(B))):
        left, right = (x if x.dtype == np.float32 else bfloat16.to_float32(x) for x in operands)
        check = SpotCheck(*operands)
        assert check(gpu.asarray(left @ right))
        assert not check(gpu.asarray(left[:, 64:] @ right[64:]))


@pytest.mark.parametrize("where", [(0, 5), (40, 11), (20, 0), (33, 44)], ids=str)
def test_the_check_finds_a_wrong_row_or_column_of_tiles(glass, where):
    rng = np.random.default_rng(0)
    A, B = rng.standard_normal((41, 30)).astype("f4"), rng.standard_normal((30, 45)).astype("f4")
    check, C = SpotCheck(A, B, count=30), A @ B
    assert check(gpu.asarray(C)) and check(gpu.asarray(bfloat16.to_bits(C)))
    C[where[0] // 16 * 16 :, where[1] // 16 * 16 :] += 1e-2 * np.abs(C).max()
    assert not check(gpu.asarray(C))
    C[...] = np.nan
    assert not check(gpu.asarray(C))


def record(**changes):
    times = [
        {"size": 512, "format": "float32", "rung": "cuBLAS", "ms": 1.0, "tflops": 2.0, "share_of_cublas": 1.0},
        {"size": 512, "format": "float32", "rung": "tiled", "ms": 4.0, "tflops": 0.5, "share_of_cublas": 0.25},
        {"size": 1024, "format": "float32", "rung": "tiled", "skipped": "too long"},
    ]
    kernels = {"03_tiled.cu": {"registers": 31, "spill_stores": 0, "spill_loads": 0}}
    told = {
        "device": "NVIDIA <X>",
        "date": "2026-01-01",
        "rounds": 3,
        "clock": "told",
        "times": times,
        "kernels": kernels,
    }
    return told | changes


def test_records_are_read_newest_first_and_shown_as_tables(tmp_path):
    assert records.records(tmp_path) == []
    records.write(record(), tmp_path / "matmul_old.json")
    newest = records.write(record(date="2027-05-05T10:00:00"), tmp_path / "matmul_new.json")
    assert records.records(tmp_path)[0] == newest
    assert newest.share("tiled", 512) == 0.25 and newest.share("tiled", 1024) is None
    assert "0.50 (25%)  not run         31       0" in repr(newest) and "2027-05-05" in repr(newest)
    assert "NVIDIA &lt;X&gt;" in newest._repr_html_() and '<th scope="col">512</th>' in newest._repr_html_()


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"times": [{}]}), json.dumps(record(times=[{"size": 1}]))])
def test_a_damaged_record_is_named_in_a_sentence(tmp_path, text):
    (tmp_path / "matmul_x.json").write_text(text)
    with pytest.raises(UserError, match="matmul_x.json is no record") as caught:
        records.records(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_record_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="--output"):
        records.write(record(), tmp_path / "file" / "x.json")


@pytest.mark.skipif(cuda.available(), reason="this machine has a GPU")
def test_the_command_says_that_it_needs_a_gpu(capsys):
    assert cli.main(["measure", "matmul", "--sizes", "512"]) == 2
    said = capsys.readouterr().err
    assert "times kernels on a GPU" in said and said.count("\n") == 1


@pytest.mark.parametrize("given", [["--sizes", "0"], ["--rounds", "0"]])
def test_the_command_refuses_what_makes_no_sense(capsys, given):
    assert cli.main(["measure", "matmul", *given]) == 2
    assert "at least 1" in capsys.readouterr().err


def test_an_unknown_rung_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match="no rung 'faster'; the rungs are uncoalesced, naive, tiled"):
        measure.rungs(["faster"])
    assert measure.rungs(["tiled"]) == {"float32": {"tiled": measure.RUNGS["float32"]["tiled"]}}
    assert sum(map(len, measure.rungs(None).values())) == 11


@pytest.mark.gpu
def test_a_gpu_writes_a_record(tmp_path, capsys):
    if not cuda.available():
        pytest.skip("this machine has no CUDA device")
    file = tmp_path / "matmul_here.json"
    assert cli.main(["measure", "matmul", "--sizes", "512", "--rounds", "3", "--output", str(file)]) == 0
    (found,) = records.records(tmp_path)
    assert 0 < found.share("warp_tiled", 512) < 3 and str(file) in capsys.readouterr().out


def test_flops_and_bytes_of_a_product():
    assert matmul_flops(3, 4, 5) == 120 and matmul_bytes(3, 4, 5) == 4 * (15 + 20 + 12)
    assert matmul_bytes(3, 4, 5, element=2) == 2 * 35 + 4 * 12
