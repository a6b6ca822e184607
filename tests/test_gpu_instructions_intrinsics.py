"""The functions of CUDA's own headers compile and run: cuda_fp16.h and cuda_bf16.h."""

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu

HEADERS = "#include <cuda_fp16.h>\n#include <cuda_bf16.h>\n"
# an expression of the half h and the float f of the same value -> NumPy, in more digits
FUNCTIONS = {
    "hexp(h)": np.exp,
    "hexp2(h)": np.exp2,
    "hexp10(h)": lambda v: 10.0**v,
    "hlog(h)": np.log,
    "hlog2(h)": np.log2,
    "hlog10(h)": np.log10,
    "hsin(h)": np.sin,
    "hcos(h)": np.cos,
    "hsqrt(h)": np.sqrt,
    "hrsqrt(h)": lambda v: 1 / np.sqrt(v),
    "hrcp(h)": lambda v: 1 / v,
    "htanh(h)": np.tanh,
    "hfloor(h)": np.floor,
    "hceil(h)": np.ceil,
    "hrint(h)": np.rint,
    "htrunc(h)": np.trunc,
    "__hneg(h)": np.negative,
    "__hadd(h, h)": lambda v: v + v,
    "__hsub(h, T(1.5f))": lambda v: v - 1.5,
    "__hmul(h, h)": np.square,
    "__hdiv(T(1.0f), h)": lambda v: 1 / v,
    "h / T(3.0f)": lambda v: v / 3,
    "__hfma(h, h, h)": lambda v: v * v + v,
    "__hmax(h, T(0.5f))": lambda v: np.maximum(v, 0.5),
    "__hfma_relu(h, T(-1.0f), T(0.25f))": lambda v: np.maximum(0.25 - v, 0),
    "T(__half2float(__float2half(f)))": lambda v: v.astype(np.float16),
    "T((double)f)": lambda v: v,
    "(signed char)h": np.trunc,
    "(unsigned char)(h + h)": lambda v: np.trunc(v + v),
    "(short)h": np.trunc,
    "T((unsigned short)(1000 * f))": lambda v: np.trunc(1000 * v),
    "T(float(h) * 2)": lambda v: v * 2,
    "h > T(0.5f) ? h : T(0.25f)": lambda v: np.where(v > 0.5, v, 0.25),
}
PAIRED = {
    "h2exp(p)": np.exp,
    "h2log(p)": np.log,
    "h2sin(p)": np.sin,
    "h2sqrt(p)": np.sqrt,
    "h2tanh(p)": np.tanh,
    "h2floor(p)": np.floor,
    "__hfma2(p, p, p)": lambda v: v * v + v,
    "p + p * p": lambda v: v + v * v,
    "p / p": lambda v: v / v,
    "__hmin2(p, T2(T(0.5f), T(0.5f)))": lambda v: np.minimum(v, 0.5),
    "__hgt2(p, T2(T(0.5f), T(0.5f)))": lambda v: (v > 0.5) * 1.0,
}


@pytest.mark.parametrize("way", ["together", "parted"])
@pytest.mark.parametrize("half", ["__half", "__nv_bfloat16"])
def test_the_functions_of_half_numbers_are_close_to_the_truth(device, half, way):
    vector = "__half2" if half == "__half" else "__nv_bfloat162"
    f = np.linspace(0.0625, 2, 96, dtype=np.float32)
    f = (
        f.astype(np.float16).astype(np.float32)
        if half == "__half"
        else (f.view(np.uint32) & 0xFFFF0000).view(np.float32)
    )
    lines = [f"out[{k * 96} + i] = float({text});" for k, text in enumerate(FUNCTIONS)]
    lines += [
        f"{{ T2 r = {text}; out[{k * 96} + i] = i & 1 ? float(r.y) : float(r.x); }}"
        for k, text in enumerate(PAIRED, start=len(FUNCTIONS))
    ]
    source = f"""{HEADERS}
    typedef {half} T; typedef {vector} T2;
    KERNEL(const float* x, float* out) {{
        int i = blockIdx.x * blockDim.x + threadIdx.x;
        float f = x[i]; T h = f, other = T(1.0f); T2 p = i & 1 ? T2(other, h) : T2(h, other);
        {" ".join(lines)}
    }}"""
    block = 32 if way == "together" else 24
    out = gpu.zeros((len(lines), 96), np.float32)
    run(source, (96 // block,), (block,), gpu.asarray(f), out)
    digits = 11 if half == "__half" else 8
    for text, function, got in zip(
        [*FUNCTIONS, *PAIRED], [*FUNCTIONS.values(), *PAIRED.values()], out.get(), strict=True
    ):
        truth = function(f.astype(np.float64)).astype(np.float64)
        allowed = 2.0 ** (1 - digits) * np.maximum(np.abs(truth), 2.0**-8) * 2  # p + p * p is rounded twice
        worst = np.argmax(np.abs(got - truth) - allowed)
        assert (np.abs(got - truth) <= allowed).all(), f"{text} of {f[worst]}: {got[worst]}, not {truth[worst]}"


def test_halves_add_atomically_alone_and_in_pairs(device):
    source = f"""{HEADERS}
    KERNEL(__half* h, __half2* h2, __nv_bfloat16* b, __nv_bfloat162* b2) {{
        int t = threadIdx.x;
        atomicAdd(h + t % 2, __float2half(0.5f));
        if (t % 3 == 0) atomicAdd(b, __float2bfloat16(1.0f));
        atomicAdd(h2, __floats2half2_rn(1.0f, t));
        atomicAdd(b2, __floats2bfloat162_rn(2.0f, -1.0f));
    }}"""
    h, h2, b, b2 = (gpu.zeros(2, dtype) for dtype in (np.float16, np.float16, np.uint16, np.uint16))
    run(source, (2,), (32,), h, h2, b, b2)
    as_float = lambda a: (a.get().astype(np.uint32) << 16).view(np.float32)  # noqa: E731
    assert (h.get() == 16).all() and (h2.get() == [64, 992]).all()
    assert (as_float(b) == [22, 0]).all() and (as_float(b2) == [128, -64]).all()
