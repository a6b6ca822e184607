"""Many C expressions in one kernel, because compiling takes longer than running: evaluated in every way there is.

The glass GPU has one piece of C for each kind of register (uniform, linear in the lane, 32 lanes) and another for
warps whose lanes are apart. A way says where the operands a and b come from, and so which piece has to be right.
"""

from typing import NamedTuple

import numpy as np
import pytest
from gpu_device import run, same_bits

from course_lib import gpu

BLOCKS = 5  # for the linear way


class Way(NamedTuple):
    """c: sets i and the operands a, b; block: threads; operands: x, y -> a, b of every i."""

    c: str
    block: int
    operands: object = lambda x, y: (x, y)


def _linear(x, y):
    steps, t = np.array([3, -5], x.dtype), np.arange(32).astype(x.dtype)
    return tuple((v[:BLOCKS, None] + s * t).ravel() for v, s in zip((x, y), steps, strict=True))


def _literal(x, y):
    t = np.arange(32).astype(x.dtype)
    return x.dtype.type(7) * t - x.dtype.type(50), x.dtype.type(200) - x.dtype.type(11) * t


LOADED = "int i = {}; T a = x[i], b = y[i];"
WAYS = {
    "uniform": Way(LOADED.format("blockIdx.x"), 32),
    "lanes": Way(LOADED.format("blockIdx.x * blockDim.x + threadIdx.x"), 64),
    "apart": Way(LOADED.format("blockIdx.x * blockDim.x + threadIdx.x"), 20),
}
LINEAR = {
    "linear": Way(
        "int t = threadIdx.x, i = blockIdx.x * 32 + t; T a = x[blockIdx.x] + 3 * (T)t, b = y[blockIdx.x] - 5 * (T)t;",
        32,
        _linear,
    ),
    "literal": Way("int i = threadIdx.x; T a = 7 * (T)i - 50, b = 200 - 11 * (T)i;", 32, _literal),
}


def evaluate(expressions, way: Way, x, y, c_type: str, result: str, out_dtype, more="", before=""):
    """(a, b, values): values[e, i] of expression e. x, y: host arrays as long as a multiple of 320.

    c_type: of a and b; result: the C type that each value is stored as; more: C that declares what expressions need;
    before: C before the kernel.
    """
    a, b = way.operands(x, y)
    per_block = 1 if way is WAYS["uniform"] else way.block
    lines = "\n".join(f"    out[{number} * n + i] = ({result})({text});" for number, text in enumerate(expressions))
    source = f"""{before}
typedef {c_type} T;
KERNEL(const {c_type}* x, const {c_type}* y, {result}* out, int n) {{
    {way.c}
    {more}
{lines}
}}"""
    out = gpu.empty((len(expressions), len(a)), out_dtype)
    run(source, (len(a) // per_block,), (way.block,), gpu.asarray(x), gpu.asarray(y), out, np.int32(len(a)))
    return a, b, out.get()


def judge(expression, a, b, got, expected, same=None):
    """Fail with the first operands for which the expression is wrong. same: what is right (default: equal bits)."""
    same = same_bits(got, expected) if same is None else same
    if not same.all():
        i = int(np.argmin(same))
        pytest.fail(
            f"{expression} of a = {a[i]!r}, b = {b[i]!r}: {got[i]!r} came, {expected[i]!r} was expected "
            f"({np.sum(~same)} of {len(same)} are wrong)"
        )
