"""Named machines, and how many blocks an SM holds: as NVIDIA's own calculator says."""

import ctypes
import subprocess
from itertools import product

import pytest

from course_lib import hardware
from course_lib.gpu import nvrtc
from course_lib.gpu.glass import compiler
from course_lib.hardware import MACHINES, HardwareError, machine, occupancy

CALCULATOR = """
#include <cuda_occupancy.h>
int blocks(int major, int minor, int threads_of_sm, int shared_of_sm, int shared_of_block, int reserved,
           int threads, int registers, int shared) {
  cudaOccDeviceProp p = {0}; cudaOccFuncAttributes f = {0}; cudaOccDeviceState s = {0}; cudaOccResult r = {0};
  p.computeMajor = major; p.computeMinor = minor; p.maxThreadsPerBlock = 1024; p.warpSize = 32; p.numSms = 1;
  p.maxThreadsPerMultiprocessor = threads_of_sm; p.regsPerBlock = p.regsPerMultiprocessor = 65536;
  p.sharedMemPerBlock = 49152; p.sharedMemPerMultiprocessor = shared_of_sm;
  p.sharedMemPerBlockOptin = shared_of_block; p.reservedSharedMemPerBlock = reserved;
  f.maxThreadsPerBlock = 1024; f.numRegs = registers; f.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
  f.maxDynamicSharedSizeBytes = shared; f.numBlockBarriers = 1; s.carveoutConfig = SHAREDMEM_CARVEOUT_MAX_SHARED;
  int status = cudaOccMaxActiveBlocksPerMultiprocessor(&r, &p, &f, &s, threads, shared);
  return status ? -status : r.activeBlocksPerMultiprocessor;
}
"""


@pytest.fixture(scope="module")
def nvidias(tmp_path_factory):
    """NVIDIA's calculator, a header of the CUDA Toolkit, built by the compiler of the glass GPU."""
    folder = tmp_path_factory.mktemp("occupancy")
    source, library = folder / "occupancy.c", folder / "occupancy.so"
    source.write_text(CALCULATOR)
    includes = [f"-I{path}" for path in nvrtc.headers()]
    command = [*compiler.find().command, "-w", "-shared", "-fPIC", *includes, str(source), "-o", str(library)]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(library)).blocks


@pytest.mark.parametrize("name", MACHINES)
def test_an_sm_holds_as_many_blocks_as_nvidia_says(nvidias, name):
    sm = machine(name).sm
    given = (*map(int, sm.capability.split(".")), sm.threads, sm.shared, sm.shared_of_a_block, sm.reserved)
    cases = product((1, 32, 33, 96, 128, 250, 256, 512, 992, 1024), (0, 1, 16, 31, 32, 40, 64, 65, 128, 168, 255),
                    (0, 1, 1024, 2048, 16384, 33 * 1024, 49152, 65536, 100000, 163 * 1024, 232448, 300000))  # fmt: skip
    for threads, registers, shared in cases:
        blocks = occupancy(name, threads, registers, shared).blocks
        assert blocks == nvidias(*given, threads, registers, shared), (threads, registers, shared)


@pytest.mark.parametrize(
    ("name", "threads", "registers", "shared", "expected"),
    [
        ("H200", 256, 32, 0, (8, 64, 1.0, "threads")),
        ("H200", 32, 32, 0, (32, 32, 0.5, "blocks")),
        ("H200", 256, 128, 0, (2, 16, 0.25, "registers")),
        ("H200", 256, 32, 100 * 1024, (2, 16, 0.25, "shared memory")),
        ("T4", 1024, 64, 0, (1, 32, 1.0, "threads")),
        ("RTX 4090", 1024, 32, 0, (1, 32, 32 / 48, "threads")),
        ("H200", 1024, 255, 0, (0, 0, 0.0, "registers")),
    ],
)
def test_what_limits_it_is_named(name, threads, registers, shared, expected):
    assert occupancy(name, threads, registers, shared) == expected


@pytest.mark.parametrize("name", MACHINES)
def test_a_machines_float_peak_is_its_lanes_times_its_clock(name):
    known = machine(name)
    assert known.peaks["fp32"] == pytest.approx(2 * known.sms * known.sm.fp32 * known.clock, rel=0.02)
    assert known.ridge() == known.peaks["fp32"] / known.bandwidth


def test_a_machine_is_found_by_the_name_that_its_driver_says():
    assert machine("NVIDIA GeForce RTX 4090").name == "RTX 4090" and machine("NVIDIA H100 80GB HBM3").name == "H100"
    assert machine("h100 pcie").name == machine("NVIDIA H100 PCIe").name == "H100 PCIe"
    assert machine(hardware.MACHINES["T4"]).sm.target == "sm_75" and machine("Tesla T4").name == "T4"
    assert machine("NVIDIA A100-SXM4-80GB").name == "A100"


def test_what_no_machine_has_is_said_in_one_sentence():
    with pytest.raises(HardwareError, match="H200, H100.*'H300' came"):
        machine("H300")
    with pytest.raises(HardwareError, match="fp16, int8, but 'bf16' came"):
        machine("T4").peak("bf16")
    with pytest.raises(HardwareError, match="1 to 1024 threads"):
        occupancy("H200", 2048, 32)
