"""Control flow: however the lanes of a warp part, each thread runs its own program, and they meet again."""

import numpy as np
import pytest
from gpu_device import at_once, run

from course_lib import gpu

# C of a function of t (thread), x (data of the thread) and n (the same for all), beside the same in Python.
# Every name is an int; `seen` stands for the result.


def if_else(t, x, n):
    if x > 50:
        return x * 2
    elif x > 20:
        return x - t
    return -x


def nested(t, x, n):
    seen = 0
    if t % 2:
        if t % 3:
            seen = 1 if x > 10 else 2
        else:
            seen = 3
        seen *= 10
    elif x > n:
        seen = 5
    return seen + t


def early_return(t, x, n):
    if t % 5 == 0:
        return 7
    if x > 90:
        return 8
    for i in range(n):
        if i * t > x:
            return i
    return 9


def loops_of_different_length(t, x, n):
    seen = 0
    for i in range(t):
        seen += i * x
    return seen


def break_and_continue(t, x, n):
    seen = i = 0
    while i < 40:
        i += 1
        if (i + t) % 3 == 0:
            continue
        if i > x:
            break
        seen += i
    return seen * 100 + i


def nested_loops(t, x, n):
    seen = 0
    for i in range(t % 7):
        for j in range(i, x % 5 + n // 4):
            if (i + j) % 4 == t % 4:
                break
            seen += i * j + 1
        else:
            seen += 1000
    return seen


def do_while(t, x, n):
    seen = 0
    while True:
        seen += x % 10
        x //= 3
        if x <= t:
            return seen


def collatz(t, x, n):
    steps, v = 0, x + 1
    while v != 1:
        v = 3 * v + 1 if v % 2 else v // 2
        steps += 1
    return steps


def switch(t, x, n):
    k = x % 12
    if k in (0, 1):  # 0 falls through to 1
        return (10 if k == 0 else 0) + 20
    table = {2: t, 3: -t, 4: x * x, 5: n, 6: 66, 7: t + n, 9: 99, 10: x - n}
    return table.get(k, -1)


def short_circuit(t, x, n):
    return int((t > 3 and 100 // t > x) or (x < 5 and t != 0 and x % t == 0)) + (4 if x > t and x > n else 0)


def goto(t, x, n):
    seen = 0
    while True:
        seen += 1
        if seen * seen < x:
            continue
        if seen % 2 == t % 2:
            return seen
        x += 3


def uniform_inside_divergent(t, x, n):
    seen = x
    if x % 2:
        for i in range(n):
            seen = seen * 3 + i & 0xFFFF
        if n > 5:
            seen += 1
    return seen


def divergent_inside_uniform(t, x, n):
    seen = 0
    for i in range(n):
        if (x >> (i % 7)) & 1:
            seen += i
        else:
            seen ^= x
        if i == t:
            seen += 1000
    return seen


def counted_down(t, x, n):
    seen, i = 1, x
    while i > 0:
        i -= 1 + (t & 3)
        if i == 17:
            return 17000 + seen
        seen = (seen * 31 + i) % 10007
    return seen


PROGRAMS = {
    if_else: "if (x > 50) return x * 2; else if (x > 20) return x - t; return -x;",
    nested: """int seen = 0;
        if (t % 2) { if (t % 3) seen = x > 10 ? 1 : 2; else seen = 3; seen *= 10; } else if (x > n) seen = 5;
        return seen + t;""",
    early_return: """if (t % 5 == 0) return 7; if (x > 90) return 8;
        for (int i = 0; i < n; i++) if (i * t > x) return i;
        return 9;""",
    loops_of_different_length: "int seen = 0; for (int i = 0; i < t; ++i) seen += i * x; return seen;",
    break_and_continue: """int seen = 0, i = 0;
        while (i < 40) { ++i; if ((i + t) % 3 == 0) continue; if (i > x) break; seen += i; }
        return seen * 100 + i;""",
    nested_loops: """int seen = 0;
        for (int i = 0; i < t % 7; ++i) {
            int j = i;
            for (; j < x % 5 + n / 4; ++j) { if ((i + j) % 4 == t % 4) break; seen += i * j + 1; }
            if (j >= x % 5 + n / 4) seen += 1000;
        }
        return seen;""",
    do_while: "int seen = 0; do { seen += x % 10; x /= 3; } while (x > t); return seen;",
    collatz: "int steps = 0; for (int v = x + 1; v != 1; ++steps) v = v % 2 ? 3 * v + 1 : v / 2; return steps;",
    switch: """int seen = 0;
        switch (x % 12) {
            case 0: seen = 10; case 1: return seen + 20;
            case 2: return t; case 3: return -t; case 4: return x * x; case 5: return n; case 6: return 66;
            case 7: seen = t + n; break; case 9: seen = 99; break; case 10: seen = x - n; break; default: seen = -1;
        }
        return seen;""",
    short_circuit: """int seen = (t > 3 && 100 / t > x) || (x < 5 && t != 0 && x % t == 0);
        return seen + (x > t && x > n ? 4 : 0);""",
    goto: """int seen = 0;
        again: ++seen; if (seen * seen < x) goto again; if (seen % 2 == t % 2) goto out; x += 3; goto again;
        out: return seen;""",
    uniform_inside_divergent: """int seen = x;
        if (x % 2) { for (int i = 0; i < n; ++i) seen = seen * 3 + i & 0xFFFF; if (n > 5) seen += 1; }
        return seen;""",
    divergent_inside_uniform: """int seen = 0;
        for (int i = 0; i < n; ++i) { if (x >> (i % 7) & 1) seen += i; else seen ^= x; if (i == t) seen += 1000; }
        return seen;""",
    counted_down: """int seen = 1;
        for (int i = x; i > 0;) {
            i -= 1 + (t & 3); if (i == 17) return 17000 + seen;
            seen = (seen * 31 + i + 10007) % 10007;
        }
        return seen;""",
}


def test_each_thread_runs_its_own_program(device):
    at_once(judge_programs, [((64,),), ((1,),), ((20, 5),)])


def judge_programs(block):
    functions = "\n".join(
        f"__device__ __forceinline__ int {f.__name__}_(int t, int x, int n) {{ {c} }}" for f, c in PROGRAMS.items()
    )
    calls = "\n".join(f"    out[{k} * size + t] = {f.__name__}_(t, x[t], n);" for k, f in enumerate(PROGRAMS))
    source = f"""{functions}
    KERNEL(const int* x, int n, int* out) {{
        int t = threadIdx.y * blockDim.x + threadIdx.x, size = blockDim.x * blockDim.y;
    {calls}
    }}"""
    size = int(np.prod(block))
    for x in (np.random.default_rng(2).integers(0, 100, size), np.full(size, 33)):
        out = gpu.zeros((len(PROGRAMS), size), np.int32)
        run(source, (1,), block, gpu.asarray(x.astype(np.int32)), 12, out)
        for program, got in zip(PROGRAMS, out.get(), strict=True):
            expected = [program(t, v, 12) for t, v in enumerate(x.tolist())]
            assert got.tolist() == expected, (program.__name__, block)


PARTS_TWICE = """
KERNEL(const float* x, float* out, int n)
{
    int t = threadIdx.x;
    float kept = x[t] * 3, twice = kept;
    if (t % 3 == 0) twice += x[t];          // a short way apart: `kept` has no part in it
    float late = kept - twice;
    if (t >= n) { out[t] = kept; return; }  // some lanes end: the others never are a full warp again
    for (int i = 0; i < t; ++i) if (i & 1) twice += kept; else late -= x[i];
    out[t] = kept + twice + late;
}
"""


@pytest.mark.parametrize("n", [0, 5, 32])
def test_what_lanes_apart_do_not_touch_is_still_there_afterwards(device, n):
    x = np.arange(1, 33, dtype=np.float32)
    out = gpu.empty(32)
    run(PARTS_TWICE, (1,), (32,), gpu.asarray(x), out, n)
    kept, t = x * 3, np.arange(32)
    twice = kept + np.where(t % 3 == 0, x, 0)
    late = kept - twice
    for lane in range(n):
        twice[lane] += kept[lane] * (lane // 2)
        late[lane] -= x[:lane:2].sum()
    assert (out.get() == np.where(t < n, kept + twice + late, kept)).all()


def test_a_long_stretch_of_code_is_cut_for_the_compilers_sake(device):
    """And computes the same."""
    body = " ".join(f"s = s * {1 + i % 3} + x[(t + {i}) % 32];" for i in range(300))
    x, out = np.arange(32, dtype=np.uint32), gpu.empty(32, np.uint32)
    run(f"KERNEL(const unsigned* x, unsigned* out) {{ unsigned t = threadIdx.x, s = 0; {body} out[t] = s; }}",
        (1,), (32,), gpu.asarray(x), out)  # fmt: skip
    s = np.zeros(32, np.uint32)
    for i in range(300):
        s = s * np.uint32(1 + i % 3) + x[(np.arange(32) + i) % 32]
    assert (out.get() == s).all()
