"""One operation many times in a row is a loop over a table on the glass GPU: course_lib/gpu/glass/runs.py."""

import random
import re

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu
from course_lib.gpu import nvrtc
from course_lib.gpu.glass import ptx
from course_lib.gpu.glass.emit import translate

REGISTERS = 10
MEANING = {
    "add.s32": np.add,
    "sub.s32": np.subtract,
    "mul.lo.s32": np.multiply,
    "xor.b32": np.bitwise_xor,
    "min.s32": np.minimum,
    "mad.lo.s32": lambda x, y, z: x * y + z,
    "mov.b32": lambda x: x,
}


def rows(seed: int) -> list[tuple]:
    """(opcode, target, *sources) in stretches of one opcode; groups of them read one register, which some write."""
    chance, found = random.Random(seed), []
    for opcode in chance.choices(list(MEANING), k=6):
        count = MEANING[opcode].__code__.co_argcount if not isinstance(MEANING[opcode], np.ufunc) else 2
        held, at = chance.randrange(REGISTERS), chance.randrange(count)
        for i in range(chance.choice([7, 8, 12, 24])):
            sources = [chance.randrange(REGISTERS) for _ in range(count)]
            sources[at] = held
            if i % 4 == 3:
                held = chance.randrange(REGISTERS)
            found.append((opcode, chance.randrange(REGISTERS), *sources))
    return found


def kernel(found) -> str:
    code = " ".join(f"{opcode} {', '.join(f'%{r}' for r in registers)};" for opcode, *registers in found)
    operands = ", ".join(f'"+r"(r{i})' for i in range(REGISTERS))
    begin = " ".join(f"int r{i} = x[{i} * blockDim.x + t];" for i in range(REGISTERS))
    end = " ".join(f"x[{i} * blockDim.x + t] = r{i};" for i in range(REGISTERS))
    part = f'if (t % every == 0) asm volatile("{code}" : {operands});'
    return f"KERNEL(int* x, int every) {{ unsigned t = threadIdx.x; {begin} {part} __syncthreads(); {part} {end} }}"


@pytest.mark.parametrize("every", [1, 3], ids=["whole warps", "a third of the lanes"])
@pytest.mark.parametrize("seed", range(8))
def test_a_run_does_what_its_instructions_do_one_after_another(device, seed, every):
    found, values = rows(seed), np.random.default_rng(seed).integers(-(2**31), 2**31, (REGISTERS, 72), dtype=np.int32)
    x = gpu.asarray(values.copy())
    run(kernel(found), (1,), (72,), x, np.int32(every))
    expected, here = values.copy(), np.arange(72) % every == 0
    for opcode, target, *sources in found * 2:
        expected[target, here] = MEANING[opcode](*(expected[s, here] for s in sources))
    assert (x.get() == expected).all()


TILE = """extern "C" __global__ void k(const float* a, const float* b, float* c, int n)
{
    float sum[8][8] = {}, x[8], y[8];
    for (int e = 0; e < n; e++) {
        for (int i = 0; i < 8; i++) x[i] = a[(threadIdx.x * 8 + i) * n + e];
        for (int j = 0; j < 8; j++) y[j] = b[(threadIdx.x * 8 + j) * n + e];
        for (int i = 0; i < 8; i++)
            for (int j = 0; j < 8; j++) sum[i][j] += x[i] * y[j];
        __syncthreads();
    }
    for (int i = 0; i < 64; i++) c[threadIdx.x * 64 + i] = sum[i / 8][i % 8];
}"""


def test_the_c_of_a_tile_does_not_grow_with_it():
    kernel = ptx.parse(nvrtc.ptx(TILE, "tile.cu", nvrtc.options({})), "tile.cu")["k"]
    source = translate(kernel, (32, 1, 1)).source
    written = re.findall(r"fma_rn_f32_[rm]\(AT\(RUN", source)
    assert 2 <= len(written) < 20, written  # a few loops in each half, between loads, for 64 multiply-adds


@pytest.mark.parametrize("n", [1, 5])
def test_a_tile_of_sums_is_right(device, n):
    a, b = np.random.default_rng(n).standard_normal((2, 64 * 8, n), np.float32)
    c = gpu.zeros((64, 8, 8), np.float32)
    gpu.compile(TILE).get_function("k")((1,), (64,), (gpu.asarray(a), gpu.asarray(b), c, np.int32(n)))
    expected = np.einsum("tie,tje->tij", a.reshape(64, 8, n), b.reshape(64, 8, n), dtype=np.float64)
    np.testing.assert_allclose(c.get(), expected, rtol=1e-5, atol=1e-5)


def test_check_and_profile_see_what_a_tile_does(glass):
    n = 3
    a, b = np.random.default_rng(0).standard_normal((2, 32 * 8, n), np.float32)
    c = gpu.zeros((32, 8, 8), np.float32)
    arguments = (gpu.asarray(a), gpu.asarray(b), c, np.int32(n))
    tile = gpu.compile(TILE).get_function("k")
    assert not tile.check((1,), (32,), arguments)
    assert tile.profile((1,), (32,), arguments).total("flops") == 2 * 64 * n * 32
