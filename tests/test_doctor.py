"""The doctor: each state of a machine has its own words, and a way to mend it."""

from dataclasses import replace

import pytest

from course_lib import cli
from course_lib.doctor import examine
from course_lib.probe import Driver, Machine, Missing, probe

WHOLE = Machine(
    python="3.11.7",
    executable="/usr/bin/python",
    system="Linux",
    processor="x86_64",
    cores=8,
    memory=16 * 2**30,
    torch="2.13.0",
    numpy="2.4.6",
    blas=(("openblas 0.3", "Haswell", 8),),
    driver=Missing("there is no NVIDIA driver"),
    cupy=Missing("CuPy is not installed"),
    cupy_sees_gpu=False,
    nvrtc="13.0",
    compiler="gcc 12.2 (gcc)",
    kernels="a device",
)
GPU = Driver(cuda=(13, 0), gpus=(("A Big GPU", 80 * 2**30),))
NO_KERNELS = Missing("no kernel can run")


def finding(name, **facts):
    (found,) = [finding for finding in examine(replace(WHOLE, **facts)).findings if finding.name == name]
    return found


GPU_STATES = {
    "no driver": {},
    "no driver, with cupy": {"cupy": "14.2"},
    "driver too old": {"driver": replace(GPU, cuda=(12, 8)), "cupy": "14.2"},
    "cupy missing": {"driver": GPU},
    "cupy broken": {"driver": GPU, "cupy": Missing("CuPy is installed but cannot be imported: no libfoo")},
    "cupy blind": {"driver": GPU, "cupy": "14.2"},
    "fine": {"driver": GPU, "cupy": "14.2", "cupy_sees_gpu": True},
}


def test_every_state_of_the_gpu_is_told_apart():
    told = {finding("GPU", **facts).found for facts in GPU_STATES.values()}
    assert len(told) == len(GPU_STATES)


@pytest.mark.parametrize("state", GPU_STATES)
def test_the_course_runs_in_every_state_of_the_gpu(state):
    assert examine(replace(WHOLE, **GPU_STATES[state])).ready
    assert finding("GPU", **GPU_STATES[state]).state == ("ok" if state == "fine" else "note")


def test_a_gpu_is_named_with_its_memory():
    assert "A Big GPU with 80.0 GiB" in finding("GPU", **GPU_STATES["fine"]).found


@pytest.mark.parametrize(
    ("state", "way_out"),
    [("driver too old", "driver 580"), ("cupy missing", "pip install"), ("cupy broken", "pip install")],
)
def test_what_can_be_mended_says_how(state, way_out):
    assert way_out in finding("GPU", **GPU_STATES[state]).mend


@pytest.mark.parametrize("tool", ["nvrtc", "compiler"])
def test_without_a_tool_of_the_glass_gpu_a_real_gpu_will_do(tool):
    missing = {tool: Missing("it is not here")}
    assert examine(replace(WHOLE, **missing, **GPU_STATES["fine"])).ready
    assert not examine(replace(WHOLE, **missing, kernels=NO_KERNELS)).ready


def test_the_course_cannot_run_without_torch_or_kernels():
    assert not examine(replace(WHOLE, torch=Missing("No module named 'torch'"))).ready
    assert not examine(replace(WHOLE, kernels=NO_KERNELS)).ready


def test_little_memory_and_one_core_are_only_noted():
    small = examine(replace(WHOLE, cores=1, memory=2**30))
    assert small.ready
    assert [finding.name for finding in small.findings if finding.state == "note"] == ["Cores", "Memory", "GPU"]


def test_the_report_reads_the_same_as_text_and_as_a_table():
    report = examine(replace(WHOLE, compiler=Missing("no <cc> & no gcc"), kernels=NO_KERNELS))
    assert "problem  C compiler: no <cc> & no gcc" in repr(report)
    assert "no &lt;cc&gt; &amp; no gcc" in report._repr_html_()
    assert "To be mended first: C compiler, Kernels." in repr(report)
    for finding in report.findings:
        assert finding.name in repr(report)
        assert finding.name in report._repr_html_()


def test_the_facts_of_this_machine_are_real():
    machine = probe()
    assert machine.cores >= 1
    assert machine.memory > 2**28
    assert isinstance(machine.torch, str)
    assert machine.blas


def test_this_machine_can_run_the_course(capsys):
    assert cli.main(["doctor"]) == 0
    assert "The course can run on this machine." in capsys.readouterr().out
