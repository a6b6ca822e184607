"""Many PTX instructions in one kernel, each through inline assembly, in every piece of C that the glass GPU has for it:
on uniform registers, on 32 lanes that run together, and on lanes that have parted."""

from typing import NamedTuple

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu

BLOCKS = 12
NUMBERS = BLOCKS * 32  # operands that each instruction is tried on
C_TYPES = {1: "unsigned", 8: "unsigned short", 16: "unsigned short", 32: "unsigned", 64: "unsigned long long"}
LETTERS = {1: "r", 8: "h", 16: "h", 32: "r", 64: "l"}


class Form(NamedTuple):
    """d = opcode(a, b, c): widths in bits, 1 being a predicate; immediate: further operands, as text."""

    opcode: str
    operands: tuple[int, ...]
    result: int
    immediate: str = ""

    @property
    def assembly(self) -> str:
        declared = ".reg .pred d; " if self.result == 1 else ""
        names = ["d" if self.result == 1 else "%0"]
        for i, width in enumerate(self.operands, start=1):
            declared += f".reg .pred q{i}; setp.ne.u32 q{i}, %{i}, 0; " if width == 1 else ""
            names.append(f"q{i}" if width == 1 else f"%{i}")
        back = " selp.u32 %0, 1, 0, d;" if self.result == 1 else ""
        inputs = [f'"{LETTERS[w]}"(({C_TYPES[w]}){n})' for w, n in zip(self.operands, "abc", strict=False)]
        text = f"{declared}{self.opcode} {', '.join(names)}{self.immediate};{back}"
        return f'asm volatile("{{{text}}}" : "={LETTERS[self.result]}"(d{self.result}) : {", ".join(inputs)});'


def execute(forms, x, y, z) -> dict[str, np.ndarray]:
    """{way: bits[form, number]}. x, y, z: NUMBERS patterns of 64 bits, whose low bits are the operands; the way
    "uniform" has the first BLOCKS of them only."""

    def body(array, place):
        return "\n".join(f"{form.assembly} {array}[{i} * {place}] = d{form.result};" for i, form in enumerate(forms))

    variables = " ".join(f"{c_type} d{width};" for width, c_type in C_TYPES.items())
    source = f"""
typedef unsigned long long u64;
KERNEL(const u64* x, const u64* y, const u64* z, u64* together, u64* parted, u64* uniform) {{
    int block = blockIdx.x, t = threadIdx.x, i = block * 32 + t;
    u64 a = x[i], b = y[i], c = z[i];
    {variables}
    {body("together", f"{NUMBERS} + i")}
    if (t % 3) {{
        {body("parted", f"{NUMBERS} + i")}
    }}
    a = x[block]; b = y[block]; c = z[block];
    {body("uniform", f"{BLOCKS} + block")}
}}"""
    out = {w: gpu.zeros((len(forms), n), np.uint64) for w, n in (("together", NUMBERS), ("parted", NUMBERS))}
    out["uniform"] = gpu.zeros((len(forms), BLOCKS), np.uint64)
    run(source, (BLOCKS,), (32,), *(gpu.asarray(np.asarray(v, np.uint64)) for v in (x, y, z)), *out.values())
    got = {way: array.get() for way, array in out.items()}
    stayed = np.arange(NUMBERS) % 32 % 3 == 0
    assert not got["parted"][:, stayed].any()  # who did not take part wrote nothing
    return got | {"parted": np.where(stayed, got["together"], got["parted"])}


def check(forms, meanings, x, y, z, same=lambda form, got, expected: got == expected):
    """Every instruction gives in every way what its meaning, a function of the operands' bits, says."""
    x, y, z = (np.asarray(v, np.uint64) for v in (x, y, z))
    operands = list(zip(*(v.tolist() for v in (x, y, z)), strict=True))
    for way, results in execute(forms, x, y, z).items():
        for form, meaning, got in zip(forms, meanings, results.tolist(), strict=True):
            masks = [(1 << w) - 1 for w in form.operands]
            for bits, came in zip(operands, got, strict=False):
                values = [v & m if m > 1 else int(v & 0xFFFFFFFF != 0) for v, m in zip(bits, masks, strict=False)]
                expected = meaning(*values)
                if not same(form, came, expected):
                    shown = ", ".join(map(hex, values))
                    pytest.fail(f"{form.opcode}({shown}), {way}: {came:#x} came, {expected:#x} was expected")
