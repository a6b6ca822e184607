"""Random kernels, each beside the same program in Python, run thread by thread: who disagrees is wrong.

`python tests/random_kernels.py 0 1000` tries programs 0 to 999 on the glass GPU and prints the first that disagrees.

A program has the unsigned variables a, b, c, the floats f, g, arrays l in local memory, own in global memory, s in
shared memory (each thread writes its own element, and reads any between two barriers), the data x and y, and the
numbers n, that all threads share, and k, that those of a block share. It contains no undefined behaviour: C++ lets a
compiler do anything with the overflow of a signed int.
"""

import random
import sys

import c_in_python
import numpy as np
from c_in_python import M, r32
from gpu_device import run

from course_lib import gpu

DATA = 128  # elements of x and of y, at least a block and 20
RESULTS = 6  # per thread

UINT = {  # C -> Python; {}: operands, the first ones uints, {f} and {g} floats
    "({} + {})": "({} + {} & M)",
    "({} - {})": "({} - {} & M)",
    "({} * {})": "({} * {} & M)",
    "({} & {})": "({} & {})",
    "({} | {})": "({} | {})",
    "({} ^ {})": "({} ^ {})",
    "(~{})": "(~{} & M)",
    "({} << ({} & 31u))": "({} << ({} & 31) & M)",
    "({} >> ({} & 31u))": "({} >> ({} & 31))",
    "(unsigned)((int){} >> ({} & 31u))": "(s32({}) >> ({} & 31) & M)",
    "({} / ({} | 1u))": "({} // ({} | 1))",
    "({} % ({} & 15u | 1u))": "({} % ({} & 15 | 1))",
    "({} / 7u)": "({} // 7)",
    "({} % 10u)": "({} % 10)",
    "(unsigned)((int){} / (int)({} & 1023u | 1u))": "(quotient(s32({}), {} & 1023 | 1) & M)",
    "(unsigned)((int){} % 6)": "(rest(s32({}), 6) & M)",
    "(unsigned)((int){} < (int){})": "int(s32({}) < s32({}))",
    "(unsigned)({} == {})": "int({} == {})",
    "({} > 9u ? {} : {})": "({1} if {0} > 9 else {2})",
    "(unsigned)({} > 3u && {} < {})": "int({} > 3 and {} < {})",
    "min({}, {})": "min({}, {})",
    "(unsigned)max((int){}, (int){})": "(max(s32({}), s32({})) & M)",
    "(unsigned)(short){}": "(signed({}, 16) & M)",
    "(unsigned)(unsigned char){}": "({} & 255)",
    "(unsigned)((unsigned long long){} * {} >> 17)": "({} * {} >> 17 & M)",
    "(unsigned)((long long)(int){} * (int){} >> 9)": "(s32({}) * s32({}) >> 9 & M)",
    "(unsigned)(((unsigned long long){} << 32 | {}) % 1000003ull)": "(({} << 32 | {}) % 1000003)",
    "(unsigned)__popc({})": "bin({}).count('1')",
    "(unsigned)__clz({})": "(32 - int.bit_length({}))",
    "__umulhi({}, {})": "({} * {} >> 32)",
    "__byte_perm({}, {}, 0x2143)": "perm({}, {})",
    "x[{} % 128u]": "x[{} % 128]",
    "x[t + {} % 20u]": "x[t + {} % 20]",
    "own[{} & 3u]": "own[{} & 3]",
    "l[{} & 7u]": "l[{} & 7]",
    "(unsigned)(int){f}": "(f2i({f}) & M)",
    "(unsigned)({f} < {g})": "int({f} < {g})",
}
FLOAT = {
    "__fadd_rn({}, {})": "r32({} + {})",
    "__fsub_rn({}, {})": "r32({} - {})",
    "__fmul_rn({}, {})": "r32({} * {})",
    "__fdiv_rn({}, 3.0f)": "r32({} / 3.0)",
    "fmaf({}, {}, {})": "fma({}, {}, {})",
    "(float)(int){u}": "r32(s32({u}))",
    "(float)({u} & 0xFFFFu)": "float({u} & 0xFFFF)",
    "(float){u}": "r32({u})",
    "fminf({}, {})": "smaller({}, {})",
    "fabsf({})": "abs({})",
    "(- {})": "(- {})",
    "floorf({})": "down({})",
    "sqrtf(fabsf({}))": "r32(math.sqrt(abs({})))",
    "({u} & 1u ? {} : {})": "({0} if {u} & 1 else {1})",
    "y[{u} % 128u]": "y[{u} % 128]",
}


class Writer:
    """One random program, as lines of C and of Python."""

    def __init__(self, seed, depth):
        self.random, self.depth, self.c, self.python = random.Random(seed), depth, [], []
        self.loops = 0

    def uint(self, depth, loop=()):
        pick = self.random
        if depth == 0 or pick.random() < 0.15:
            if pick.random() < 0.25:
                value = pick.choice([0, 1, 2, 3, 5, 31, 100, 0x7FFFFFFF, 0x80000000, M, pick.getrandbits(32)])
                return f"{value}u", str(value)
            name = pick.choice(["a", "b", "c", "t", "t", "n", "k", *loop])
            return name, name
        return self.made(UINT, depth, loop, self.uint)

    def float(self, depth, loop=()):
        pick = self.random
        if depth == 0 or pick.random() < 0.2:
            if pick.random() < 0.3:
                value = pick.choice([0.0, 1.0, -1.5, 0.1, 1e30, 3e-39, 16777216.0])
                return f"{value!r}f", repr(r32(value))
            return (name := pick.choice("fg")), name
        return self.made(FLOAT, depth, loop, self.float)

    def made(self, table, depth, loop, positional):
        c, python = self.random.choice(list(table.items()))
        some = [positional(depth - 1, loop) for _ in range(3)]
        names = {"f": self.float(depth - 1, loop), "g": self.float(depth - 1, loop), "u": self.uint(depth - 1, loop)}
        return tuple(
            text.format(*(s[i] for s in some), **{n: v[i] for n, v in names.items()})
            for i, text in enumerate((c, python))
        )

    def line(self, indent, c, python):
        self.c.append("    " * indent + c)
        if python is not None:
            self.python.append("    " * indent + python)

    def block(self, indent, size, loop, together, can_leave):
        """together: all threads of the block are here, so they may wait for each other."""
        for _ in range(size):
            self.statement(indent, loop, together, can_leave)

    def statement(self, indent, loop, together, can_leave):
        kind = self.random.choice(
            ["uint"] * 4 + ["float"] * 2 + ["if"] * 3 + ["for"] * 2 + ["local", "barrier", "barrier", "leave"]
        )
        deep = indent > 4
        if kind == "barrier" and together:
            self.barrier(indent, loop)
        elif kind == "if" and not deep:
            self.branch(indent, loop, can_leave)
        elif kind == "for" and not deep:
            self.loop(indent, loop, together, can_leave)
        elif kind == "leave" and can_leave:
            self.leave(indent, loop)
        elif kind == "local":
            (where, at), (value, v), (name, last) = (
                self.uint(1, loop),
                self.uint(2, loop),
                self.random.choice([("l", 7), ("own", 3)]),
            )
            self.line(indent, f"{name}[{where} & {last}u] = {value};", f"{name}[{at} & {last}] = {v}")
        elif kind == "float":
            name, (c, python) = self.random.choice("fg"), self.float(self.depth - 1, loop)
            self.line(indent, f"{name} = {c};", f"{name} = {python}")
        else:
            name, (c, python) = self.random.choice("abc"), self.uint(self.depth, loop)
            self.line(indent, f"{name} = {c};", f"{name} = {python}")

    def barrier(self, indent, loop):
        (value, v), (where, at) = self.uint(2, loop), self.uint(2, loop)
        self.line(indent, f"s[t] = {value}; __syncthreads();", f"s[t] = {v}; yield")
        self.line(indent, f"c ^= s[{where} % SIZE]; __syncthreads();", f"c ^= s[{at} % SIZE]; yield")

    def branch(self, indent, loop, can_leave):
        uniform = self.random.choice(["n + k", "n * k", "n >> k", "~k"])
        c, python = (uniform, uniform) if self.random.random() < 0.4 else self.uint(2, loop)
        self.line(indent, f"if (({c}) & 1u) {{", f"if ({python}) & 1:")
        self.block(indent + 1, self.random.randint(1, 3), loop, False, can_leave)
        if self.random.random() < 0.5:
            self.line(indent, "} else {", "else:")
            self.block(indent + 1, self.random.randint(1, 3), loop, False, can_leave)
        self.line(indent, "}", None)

    def loop(self, indent, loop, together, can_leave):
        self.loops += 1
        i, bound = f"i{self.loops}", f"e{self.loops}"
        uniform = self.random.random() < 0.5
        c, python = ("(n + k)",) * 2 if uniform else self.uint(2, loop)
        self.line(indent, f"unsigned {bound} = {c} % 6u;", f"{bound} = {python} % 6")
        self.line(indent, f"for (unsigned {i} = 0; {i} < {bound}; ++{i}) {{", f"for {i} in range({bound}):")
        still = together and uniform
        self.block(indent + 1, self.random.randint(1, 3), (*loop, i), still, can_leave)
        if not still and self.random.random() < 0.5:
            (c, python), word = self.uint(2, (*loop, i)), self.random.choice(["break", "continue"])
            self.line(indent + 1, f"if ({c} & 2u) {word};", f"if {python} & 2: {word}")
            self.block(indent + 1, 1, (*loop, i), False, False)
        self.line(indent, "}", None)

    def leave(self, indent, loop):
        c, python = self.uint(1, loop)
        self.line(indent, f"if ({c} % 7u == 3u) return;", f"if {python} % 7 == 3: return")


def program(seed, statements=3, depth=2) -> tuple[str, str]:
    """C and Python of one program, each the body of a function; depth: of its expressions."""
    writer = Writer(seed, depth)
    writer.block(1, statements, (), True, True)
    return "\n".join(writer.c), "\n".join(writer.python)


def kernel(programs, size) -> str:
    """All programs in one kernel, because compiling takes longer than running: blockIdx.y chooses."""
    cases = "\n".join(f"  if (blockIdx.y == {k}) {{\n{c}\n  }}" for k, (c, _) in enumerate(programs))
    return f"""#define SIZE {size}u
KERNEL(const unsigned* x, const float* y, unsigned n, unsigned* scratch, unsigned* out) {{
    __shared__ unsigned s[SIZE];
    unsigned t = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x, l[8];
    unsigned k = blockIdx.x, a = t + k * SIZE, b = threadIdx.y * 3 + 1, c = x[t];
    float f = y[t], g = threadIdx.x * 0.5f;
    for (int i = 0; i < 8; ++i) l[i] = i * t;
    volatile unsigned* own = scratch + ((blockIdx.y * gridDim.x + blockIdx.x) * SIZE + t) * 4;
    s[t] = t; __syncthreads();
{cases}
    unsigned* place = out + ((blockIdx.y * gridDim.x + blockIdx.x) * SIZE + t) * {RESULTS};
    place[0] = a; place[1] = b; place[2] = c; place[3] = __float_as_uint(f != f ? 0 : f);
    place[4] = __float_as_uint(g != g ? 0 : g); place[5] = l[a & 7u] + l[3];
}}"""


def in_python(python, block, grid_x, x, y, n) -> np.ndarray:
    """What a program gives, (grid_x, threads, RESULTS): every thread is a generator that yields at its barriers."""
    head = "def thread(a, b, c, f, g, k, l, own, s, t, n, x, y, place):\n"
    head += "    if False:\n        yield\n"  # a generator even without barriers
    text = head + python + "\n    place[:] = a, b, c, bits(f), bits(g), l[a & 7] + l[3] & M"
    size = block[0] * block[1] * block[2]
    known = vars(c_in_python) | {"SIZE": size}
    exec(text, known)  # noqa: S102 - the text is ours
    out = np.zeros((grid_x, size, RESULTS), np.uint32)
    for number, of_block in enumerate(out):
        s, waiting = list(range(size)), []
        for t in range(size):
            local = [i * t & M for i in range(8)]
            start = (t + number * size, t // block[0] % block[1] * 3 + 1, x[t], y[t], t % block[0] * 0.5)
            waiting.append(known["thread"](*start, number, local, [0] * 4, s, t, n, x, y, of_block[t]))
        while waiting:
            waiting = [thread for thread in waiting if next(thread, "done") is None]
    return out


def disagreement(seeds, block, grid_x=2, n=4, **size) -> str | None:
    """Run the programs of these seeds on the device and in Python; the first that differs, in words."""
    programs, size = [program(seed, **size) for seed in seeds], int(np.prod(block))
    rng = np.random.default_rng(seeds[0])
    x = rng.integers(0, 2**32, DATA, np.uint32)
    x[::3] %= 100
    y = (rng.standard_normal(DATA) * 10.0 ** rng.integers(-3, 9, DATA)).astype(np.float32)
    out, scratch = (gpu.zeros((len(seeds), grid_x, size, of), np.uint32) for of in (RESULTS, 4))
    run(kernel(programs, size), (grid_x, len(seeds)), block, gpu.asarray(x), gpu.asarray(y), np.uint32(n), scratch, out)
    for seed, (c, python), got in zip(seeds, programs, out.get(), strict=True):
        expected = in_python(python, block, grid_x, x.tolist(), y.astype(float).tolist(), n)
        if (got != expected).any():
            which = tuple(int(v) for v in np.argwhere(got != expected)[0])
            return (
                f"program {seed} in blocks of {block}: result {which[2]} of thread {which[1]} of block {which[0]} is "
                f"{got[which]}, but {expected[which]} in Python\n{c}"
            )
    return None


SHAPES = [
    (32, 1, 1),
    (1, 1, 1),
    (33, 1, 1),
    (16, 4, 1),
    (5, 7, 1),
    (64, 1, 1),
    (8, 2, 4),
    (20, 3, 1),
    (96, 1, 1),
    (4, 8, 2),
]


def main(first, count):
    with gpu.use("glass"):
        for seed in range(first, first + count, 5):
            chance = random.Random(seed)
            size = {"statements": chance.randint(2, 9), "depth": chance.randint(1, 3)}
            if found := disagreement(range(seed, seed + 5), chance.choice(SHAPES), n=chance.randint(0, 9), **size):
                sys.exit(found)
    print(f"{count} programs agree")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:3]))
