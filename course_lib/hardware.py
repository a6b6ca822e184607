"""Named GPUs: their peaks, and how many blocks of a kernel one multiprocessor (SM) holds.

Peaks are dense ones (NVIDIA's pages often double them for sparse matrices) and of the boost clock; no kernel reaches
them. fp16 and bf16 are products summed in float. Sources: the data sheet or architecture paper that each machine
names; limits of an SM: NVIDIA, *CUDA C++ Programming Guide*, table of technical specifications by compute capability,
and `cuda_occupancy.h` of the CUDA Toolkit 13.0, against which the tests hold `occupancy`.
"""

from dataclasses import dataclass
from typing import NamedTuple

from course_lib.errors import UserError

WARP = 32
QUARTERS = 4  # an SM has four parts, each with a quarter of its registers and a scheduler of its own
REGISTER_UNIT = 256  # registers are given to a warp in lots of so many
MOST_REGISTERS = 255  # of one thread
KIB = 1024


class HardwareError(UserError, ValueError):
    """A machine that the course does not know, or a block that no machine could hold."""


@dataclass(frozen=True)
class Architecture:
    """One SM. capability: as NVIDIA's compute capability; shared, shared_of_a_block, reserved, unit in bytes.

    reserved: shared memory that each block pays to the system; unit: shared memory is given in lots of so many;
    fp32, fp64, integer: lanes that start such an operation in each cycle.
    """

    capability: str
    threads: int
    blocks: int
    shared: int
    shared_of_a_block: int
    fp32: int
    fp64: int
    integer: int = 64
    reserved: int = KIB
    unit: int = 128
    registers: int = 65536

    @property
    def warps(self) -> int:
        return self.threads // WARP

    @property
    def target(self) -> str:
        """As the compiler calls it, such as sm_90."""
        return f"sm_{self.capability.replace('.', '')}"


TURING = Architecture("7.5", 1024, 16, 64 * KIB, 64 * KIB, fp32=64, fp64=2, reserved=0, unit=256)
AMPERE = Architecture("8.0", 2048, 32, 164 * KIB, 163 * KIB, fp32=64, fp64=32)
AMPERE_RTX = Architecture("8.6", 1536, 16, 100 * KIB, 99 * KIB, fp32=128, fp64=2)
ADA = Architecture("8.9", 1536, 24, 100 * KIB, 99 * KIB, fp32=128, fp64=2)
HOPPER = Architecture("9.0", 2048, 32, 228 * KIB, 227 * KIB, fp32=128, fp64=64)
BLACKWELL_RTX = Architecture("12.0", 1536, 24, 100 * KIB, 99 * KIB, fp32=128, fp64=2)


@dataclass(frozen=True)
class Machine:
    """One GPU. clock: boost, in Hz; bandwidth: of its memory, in bytes/s; l2, memory: in bytes; peaks: operations/s by
    type, such as "fp32".
    """

    name: str
    sm: Architecture
    sms: int
    clock: float
    bandwidth: float
    memory: float
    l2: float
    peaks: dict[str, float]
    source: str

    def ridge(self, kind: str = "fp32") -> float:
        """Flops a byte from which on arithmetic, not memory, sets the pace. Raises HardwareError as `peak` does."""
        return self.peak(kind) / self.bandwidth

    def peak(self, kind: str) -> float:
        """Operations a second of a type such as "fp32". Raises HardwareError for a type this machine lacks."""
        if kind not in self.peaks:
            there = ", ".join(self.peaks)
            raise HardwareError(f"the {self.name} has a peak for {there}, but {kind!r} came; name one of those")
        return self.peaks[kind]


def _machine(name, sm, sms, mhz, gb_per_s, gb, l2, peaks, source):
    tera = {kind: value * 1e12 for kind, value in peaks.items()}
    return Machine(name, sm, sms, mhz * 1e6, gb_per_s * 1e9, gb * 1e9, l2 * 1e6, tera, source)


HOPPER_PEAKS = {"fp64": 34, "fp32": 67, "tf32": 494.7, "bf16": 989.4, "fp16": 989.4, "int8": 1978.9}
PCIE_PEAKS = {"fp64": 26, "fp32": 51, "tf32": 378, "bf16": 756, "fp16": 756, "int8": 1513}
AMPERE_PEAKS = {"fp64": 9.7, "fp32": 19.5, "tf32": 156, "bf16": 312, "fp16": 312, "int8": 624}
RTX_3090_PEAKS = {"fp64": 0.556, "fp32": 35.6, "tf32": 35.6, "bf16": 71, "fp16": 71, "int8": 284}
RTX_4090_PEAKS = {"fp64": 1.29, "fp32": 82.6, "tf32": 82.6, "bf16": 165.2, "fp16": 165.2, "int8": 660.6}
RTX_5090_PEAKS = {"fp64": 1.64, "fp32": 104.8, "tf32": 104.8, "bf16": 209.5, "fp16": 209.5, "int8": 838}
L4_PEAKS = {"fp64": 0.49, "fp32": 30.3, "tf32": 60, "bf16": 121, "fp16": 121, "int8": 242}
T4_PEAKS = {"fp64": 0.25, "fp32": 8.1, "fp16": 65, "int8": 130}
SHEET = "NVIDIA, {} data sheet".format
PAPER = "NVIDIA, {} GPU architecture paper".format

MACHINES = {
    m.name: m
    for m in (
        _machine("H200", HOPPER, 132, 1980, 4800, 141, 50, HOPPER_PEAKS, SHEET("H200 SXM")),
        _machine("H100", HOPPER, 132, 1980, 3350, 80, 50, HOPPER_PEAKS, SHEET("H100 SXM")),
        _machine("H100 PCIe", HOPPER, 114, 1755, 2000, 80, 50, PCIE_PEAKS, SHEET("H100 PCIe")),
        _machine("A100", AMPERE, 108, 1410, 2039, 80, 40, AMPERE_PEAKS, SHEET("A100 SXM 80GB")),
        _machine("L4", ADA, 58, 2040, 300, 24, 48, L4_PEAKS, SHEET("L4")),
        _machine("T4", TURING, 40, 1590, 320, 16, 4, T4_PEAKS, SHEET("T4")),
        _machine("RTX 3090", AMPERE_RTX, 82, 1695, 936, 24, 6, RTX_3090_PEAKS, PAPER("GA102")),
        _machine("RTX 4090", ADA, 128, 2520, 1008, 24, 72, RTX_4090_PEAKS, PAPER("Ada")),
        _machine("RTX 5090", BLACKWELL_RTX, 170, 2407, 1792, 32, 96, RTX_5090_PEAKS, PAPER("RTX Blackwell")),
    )
}


def machine(name: str | Machine) -> Machine:
    """The machine of that name, as "H200" or "NVIDIA GeForce RTX 4090". Raises HardwareError, which lists them."""
    if isinstance(name, Machine):
        return name
    wanted = str(name).lower()
    for word in ("nvidia", "geforce", "tesla"):
        wanted = wanted.replace(word, "")
    wanted = " ".join(wanted.split())
    for known, found in MACHINES.items():
        if wanted == known.lower():
            return found
    for known, found in sorted(MACHINES.items(), key=lambda item: -len(item[0])):  # "H100 PCIe" before "H100"
        if wanted.startswith((f"{known.lower()} ", f"{known.lower()}-")):
            return found
    raise HardwareError(f"a machine is one of {', '.join(MACHINES)}, but {name!r} came; name one of those")


class Occupancy(NamedTuple):
    """blocks, warps: that one SM holds at a time; fraction: of the warps it could hold; limited_by: what is used up."""

    blocks: int
    warps: int
    fraction: float
    limited_by: str


def occupancy(where: str | Machine, threads: int, registers: int, shared: int = 0) -> Occupancy:
    """How many blocks one SM holds. threads: of a block; registers: of a thread; shared: bytes of a block, all kinds.

    A block takes whole warps; a warp takes registers in lots of 256, out of the quarter of the SM that it lives in; a
    block's shared memory, with what the system reserves, is rounded up to its unit. The SM gives as much of its memory
    to shared memory as it can. No block at all fits where a block asks for more than there is. Raises HardwareError.
    """
    sm = machine(where).sm
    if not (0 < threads <= 1024 and 0 <= registers <= MOST_REGISTERS and shared >= 0):
        raise HardwareError(
            f"a block has 1 to 1024 threads of at most {MOST_REGISTERS} registers, and no negative shared memory, "
            f"but {threads} threads, {registers} registers and {shared} bytes came"
        )
    warps = -(-threads // WARP)
    limits = {"threads": sm.warps // warps, "blocks": sm.blocks}
    of_a_warp = _rounded(registers * WARP, REGISTER_UNIT)
    if of_a_warp:
        fits = of_a_warp * _rounded(warps, QUARTERS) <= sm.registers
        limits["registers"] = sm.registers // QUARTERS // of_a_warp * QUARTERS // warps if fits else 0
    of_a_block = _rounded(shared + sm.reserved, sm.unit)
    if of_a_block:
        fits = of_a_block <= sm.shared_of_a_block + sm.reserved
        limits["shared memory"] = sm.shared // of_a_block if fits else 0
    limited_by = min(limits, key=limits.get)
    blocks = limits[limited_by]
    return Occupancy(blocks, blocks * warps, blocks * warps / sm.warps, limited_by)


def _rounded(value, unit):
    return -(-value // unit) * unit
