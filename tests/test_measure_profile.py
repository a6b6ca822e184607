"""The tool that holds the glass GPU against Nsight Compute: what can be tested of it without a GPU."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from course_lib.errors import UserError

FILE = Path(__file__).resolve().parents[1] / "tools" / "measure_profile.py"
PRINTED = """==PROF== Connected to process 7 (python)
==PROF== Profiling "copy": 0%....50%....100% - 1 pass
"ID","Process ID","Kernel Name","launch__registers_per_thread","smsp__inst_executed_op_global_ld.sum"
"","","","register/thread","inst"
"0","7","copy(const float *, float *)","10","1,234"
"""


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("measure_profile", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def cases(tool):
    return tool.cases()


def test_the_counters_are_read_from_what_ncu_prints(tool):
    found = tool.counters(PRINTED)
    assert found["smsp__inst_executed_op_global_ld.sum"] == 1234 and found["launch__registers_per_thread"] == 10
    with pytest.raises(UserError, match="ERR_NVGPUCTRPERM"):
        tool.counters("==ERROR== ERR_NVGPUCTRPERM: no permission")
    with pytest.raises(UserError, match="2 kernels"):
        tool.counters(PRINTED + '"1","7","copy(const float *, float *)","10","1,234"\n')


def test_cases_are_the_same_in_every_process(tool, cases):
    again = tool.cases()
    assert cases.keys() == again.keys() and len(cases) > 20
    for name, case in cases.items():
        assert all((a == b).all() for a, b in zip(case.arrays, again[name].arrays, strict=True))
        assert np.prod(case.block) <= 1024


@pytest.mark.parametrize(
    "name", ["copy", "shifted", "strided", "partial_warps", "transpose", "matrices", "matmul_tiled"]
)
def test_a_case_is_compared_count_by_count(tool, cases, name):
    arrays, counted = tool.on_the_glass(cases[name], "NVIDIA H200")
    assert counted.keys() == tool.METRICS.keys() and counted["registers"] > 0
    measured = {m: counted[n] / len(set(ms)) for n, ms in tool.METRICS.items() if n != "flops" for m in ms}
    record = tool.compare(cases[name], counted, measured, arrays, arrays)
    assert record["bits_equal"] and record["differ"] == [] and record["not_counted"] == ["flops"]
    other = [a + (a.dtype.type(1) if a.dtype.kind != "f" else np.spacing(a)) for a in arrays]
    worse = measured | {"smsp__inst_executed_op_global_st.sum": counted["global stores"] + 1}
    record = tool.compare(cases[name], counted, worse, other, arrays)
    assert not record["bits_equal"] and record["differ"] == ["global stores"]


def test_fewer_shared_loads_are_the_assemblers_merging(tool, cases):
    arrays, counted = tool.on_the_glass(cases["matmul_tiled"], "an unknown machine")
    assert counted["registers"] is None
    measured = {m: counted[n] for n, ms in tool.METRICS.items() if counted[n] is not None for m in ms}
    measured["smsp__inst_executed_op_shared_ld.sum"] //= 2
    record = tool.compare(cases["matmul_tiled"], counted, measured, arrays, arrays)
    assert record["merged_by_the_assembler"] == ["shared loads"]
    assert "shared loads" not in record["differ"] and "registers" in record["not_counted"]


def test_without_ncu_it_says_so_in_one_sentence(tool, capsys):
    assert tool.main(["--ncu", "/nowhere/ncu"]) == 2
    said = capsys.readouterr().err
    assert "install NVIDIA Nsight Compute" in said and len(re.findall(r"\n", said)) == 1
