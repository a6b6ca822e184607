"""Integer, bit and packed instructions do what PTX says, told by Python's integers, which have no size."""

import operator
from functools import partial

import numpy as np
import pytest
from gpu_device import run
from gpu_instructions import NUMBERS, Form, check

from course_lib import gpu

CORNERS = [
    0,
    1,
    2,
    3,
    7,
    8,
    15,
    16,
    24,
    31,
    32,
    33,
    63,
    64,
    127,
    128,
    255,
    256,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x10000,
    0x7FFFFF,
]
CORNERS += [0x800000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x80008000, 0x7FFF7FFF, 0x80808080, 0x7F7F7F7F, 0x01020304]
CORNERS += [1 << 32, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, 0x0123456789ABCDEF]


def operands(seed):
    rng = np.random.default_rng(seed)
    random = rng.integers(0, 2**64 - 1, NUMBERS, dtype=np.uint64, endpoint=True)
    small = random >> np.uint64(58)
    chosen = rng.choice(np.array(CORNERS, np.uint64), NUMBERS)
    return np.choose(rng.integers(0, 3, NUMBERS), [chosen, small, random])


def signed(value, width):
    value %= 1 << width
    return value - (1 << width) if value >> (width - 1) else value


def limited(value, kind, width):
    least, most = (-(1 << width - 1), (1 << width - 1) - 1) if kind == "s" else (0, (1 << width) - 1)
    return max(least, min(most, value))


def number(value, kind, width):
    return signed(value, width) if kind == "s" else value % (1 << width)


def pieces(value, kind, width, count):
    return [number(value >> width * i, kind, width) for i in range(count)]


def packed(values, width):
    return sum((v % (1 << width)) << width * i for i, v in enumerate(values))


# ---- name -> (operand widths, result width, meaning) ----


def arithmetic():
    for t in ("s16", "u16", "s32", "u32", "s64", "u64"):
        kind, width = t[0], int(t[1:])
        n = partial(number, kind=kind, width=width)
        two, three = (width,) * 2, (width,) * 3
        yield f"add.{t}", two, width, operator.add
        yield f"sub.{t}", two, width, operator.sub
        yield f"mul.lo.{t}", two, width, operator.mul
        yield f"mul.hi.{t}", two, width, lambda x, y, n=n, width=width: n(x) * n(y) >> width
        yield f"mad.lo.{t}", three, width, lambda x, y, z: x * y + z
        yield f"min.{t}", two, width, lambda x, y, n=n: min(n(x), n(y))
        yield f"max.{t}", two, width, lambda x, y, n=n: max(n(x), n(y))
        yield f"sad.{t}", three, width, lambda x, y, z, n=n: abs(n(x) - n(y)) + z
        yield f"selp.{t}", (width, width, 1), width, lambda x, y, z: x if z else y
        yield f"slct.{t}.s32", (width, width, 32), width, lambda x, y, z: x if signed(z, 32) >= 0 else y
        if kind == "s":
            yield f"abs.{t}", (width,), width, lambda x, n=n: abs(n(x))
            yield f"neg.{t}", (width,), width, lambda x: -x
        if width < 64:
            yield f"mul.wide.{t}", two, 2 * width, lambda x, y, n=n: n(x) * n(y)
            wide = (width, width, 2 * width)
            yield f"mad.wide.{t}", wide, 2 * width, lambda x, y, z, n=n: n(x) * n(y) + z
        if width > 16:
            yield f"mad.hi.{t}", three, width, lambda x, y, z, n=n, width=width: (n(x) * n(y) >> width) + z
    for t in "su":
        n = partial(number, kind=t, width=24)
        for half, at in (("lo", 0), ("hi", 16)):
            yield f"mul24.{half}.{t}32", (32, 32), 32, lambda x, y, n=n, at=at: n(x) * n(y) >> at
            yield f"mad24.{half}.{t}32", (32,) * 3, 32, lambda x, y, z, n=n, at=at: (n(x) * n(y) >> at) + z
    s = partial(signed, width=32)
    yield "add.sat.s32", (32, 32), 32, lambda x, y: limited(s(x) + s(y), "s", 32)
    yield "sub.sat.s32", (32, 32), 32, lambda x, y: limited(s(x) - s(y), "s", 32)
    yield "mad.hi.sat.s32", (32,) * 3, 32, lambda x, y, z: limited((s(x) * s(y) >> 32) + s(z), "s", 32)
    yield "max.relu.s32", (32, 32), 32, lambda x, y: max(s(x), s(y), 0)
    yield "min.relu.s32", (32, 32), 32, lambda x, y: max(min(s(x), s(y)), 0)


def comparisons():
    names = {n: getattr(operator, n) for n in ("eq", "ne", "lt", "le", "gt", "ge")}
    for t in ("s16", "u16", "s32", "u32", "s64", "u64"):
        kind, width = t[0], int(t[1:])
        n = partial(number, kind=kind, width=width)
        for name, test in names.items():
            yield f"setp.{name}.{t}", (width, width), 1, lambda x, y, n=n, test=test: test(n(x), n(y))
            yield f"set.{name}.u32.{t}", (width, width), 32, lambda x, y, n=n, test=test: -test(n(x), n(y))
            for logic in ("and", "or", "xor"):
                both = getattr(operator, f"{logic}_" if logic != "xor" else "xor")
                meaning = lambda x, y, z, n=n, test=test, both=both: both(test(n(x), n(y)), bool(z))  # noqa: E731
                yield f"setp.{name}.{logic}.{t}", (width, width, 1), 1, meaning


def first_bit(v):
    return v.bit_length() - 1


def nth_set(mask, base, n):
    n = signed(n, 32)
    if base > 31:
        return -1
    if n == 0:
        return base if mask >> base & 1 else -1
    way = range(base, 32) if n > 0 else range(base, -1, -1)
    found = [i for i in way if mask >> i & 1]
    return found[abs(n) - 1] if len(found) >= abs(n) else -1


def cut_field(x, y, z, width, kind):
    """bfe: z bits from bit y on; a signed field repeats its last bit, or that of the word."""
    at, count = y & 255, z & 255
    if count == 0:
        return 0
    bits = [x >> min(i, width - 1) & 1 if kind == "s" or i < width else 0 for i in range(at, at + count)]
    value = sum(b << i for i, b in enumerate(bits[:width]))
    return value - (bits[-1] << len(bits)) if kind == "s" and len(bits) < width else value


def put_field(x, y, z, v, width):
    mask = ((1 << v) - 1 << z) % (1 << width)
    return y & ~mask | x << z & mask


def field_mask(a, b):
    return sum(1 << i for i in range(32) if a <= i < a + b)


def bits():
    for b in (16, 32, 64):
        yield f"and.b{b}", (b, b), b, operator.and_
        yield f"or.b{b}", (b, b), b, operator.or_
        yield f"xor.b{b}", (b, b), b, operator.xor
        yield f"not.b{b}", (b,), b, operator.invert
        yield f"cnot.b{b}", (b,), b, lambda x: x == 0
        yield f"shl.b{b}", (b, 32), b, lambda x, y: x << min(y, 64)
        yield f"shr.u{b}", (b, 32), b, lambda x, y: x >> y
        yield f"shr.s{b}", (b, 32), b, lambda x, y, b=b: signed(x, b) >> y
    for b in (32, 64):
        yield f"popc.b{b}", (b,), 32, lambda x: x.bit_count()
        yield f"clz.b{b}", (b,), 32, lambda x, b=b: b - x.bit_length()
        yield f"brev.b{b}", (b,), b, lambda x, b=b: int(f"{x:0{b}b}"[::-1], 2)
        turned = lambda x, b=b: ~signed(x, b) if x >> b - 1 else x  # noqa: E731
        yield f"bfind.u{b}", (b,), 32, first_bit
        yield f"bfind.s{b}", (b,), 32, lambda x, turned=turned: first_bit(turned(x))
        for t, value in (("u", lambda x: x), ("s", turned)):
            shift = lambda x, b=b, value=value: b - 1 - first_bit(value(x)) if value(x) else -1  # noqa: E731
            yield f"bfind.shiftamt.{t}{b}", (b,), 32, shift
            yield f"bfe.{t}{b}", (b, 32, 32), b, partial(cut_field, width=b, kind=t)
    for mode, cut in (("clamp", lambda v: min(v, 32)), ("wrap", lambda v: v & 31)):
        yield f"bmsk.{mode}.b32", (32, 32), 32, lambda x, y, cut=cut: field_mask(cut(x), cut(y))
        yield f"szext.{mode}.u32", (32, 32), 32, lambda x, y, cut=cut: x % (1 << cut(y))
        yield f"szext.{mode}.s32", (32, 32), 32, lambda x, y, cut=cut: signed(x, cut(y)) if cut(y) else 0
        yield f"shf.l.{mode}.b32", (32, 32, 32), 32, lambda x, y, z, cut=cut: (y << 32 | x) << cut(z) >> 32
        yield f"shf.r.{mode}.b32", (32, 32, 32), 32, lambda x, y, z, cut=cut: (y << 32 | x) >> cut(z)
    yield "fns.b32", (32, 32, 32), 32, nth_set
    yield "prmt.b32", (32, 32, 32), 32, permuted
    digits = {"f4e": (0, 1, 2, 3), "b4e": (0, -1, -2, -3), "rc8": (0, 0, 0, 0)}
    for mode, steps in digits.items():
        one = lambda x, y, z, steps=steps: joined_bytes(x, y, [((z & 3) + s) % 8 for s in steps])  # noqa: E731
        yield f"prmt.b32.{mode}", (32, 32, 32), 32, one
    edges = {"ecl": lambda z: [max(i, z) for i in range(4)], "ecr": lambda z: [min(i, z) for i in range(4)]}
    edges["rc16"] = lambda z: [2 * (z & 1), 2 * (z & 1) + 1] * 2
    for mode, chosen in edges.items():
        yield f"prmt.b32.{mode}", (32, 32, 32), 32, lambda x, y, z, f=chosen: joined_bytes(x, y, f(z & 3))


def joined_bytes(x, y, chosen):
    return packed([(y << 32 | x) >> 8 * k for k in chosen], 8)


def permuted(x, y, z):
    digits = [z >> 4 * i & 15 for i in range(4)]
    chosen = [(y << 32 | x) >> 8 * (d & 7) & 255 for d in digits]
    return packed([-(v >> 7) if d & 8 else v for v, d in zip(chosen, digits, strict=True)], 8)


VIDEO = {"add": operator.add, "sub": operator.sub, "min": min, "max": max, "absdiff": lambda p, q: abs(p - q)}


def dot(p, q, z):
    return sum(map(operator.mul, p, q)) + z


def small():
    for t in "su":
        for name in ("add", "min", "max"):
            meaning = lambda x, y, t=t, f=VIDEO[name]: packed(map(f, pieces(x, t, 16, 2), pieces(y, t, 16, 2)), 16)  # noqa: E731
            yield f"{name}.{t}16x2", (32, 32), 32, meaning
    for name in ("min", "max"):
        positive = lambda x, y, f=VIDEO[name]: packed(  # noqa: E731
            [max(0, f(p, q)) for p, q in zip(pieces(x, "s", 16, 2), pieces(y, "s", 16, 2), strict=True)], 16
        )
        yield f"{name}.relu.s16x2", (32, 32), 32, positive
    for a, b in (a + b for a in "su" for b in "su"):
        four = lambda x, y, z, a=a, b=b: dot(pieces(x, a, 8, 4), pieces(y, b, 8, 4), z)  # noqa: E731
        yield f"dp4a.{a}32.{b}32", (32,) * 3, 32, four
        for half, at in (("lo", 0), ("hi", 16)):
            two = lambda x, y, z, a=a, b=b, at=at: dot(pieces(x, a, 16, 2), pieces(y >> at, b, 8, 2), z)  # noqa: E731
            yield f"dp2a.{half}.{a}32.{b}32", (32,) * 3, 32, two
    for count, width in ((2, 16), (4, 8)):
        for t in "su":
            for name, f in VIDEO.items():
                each = lambda x, y, t=t, f=f, n=count, w=width: list(map(f, pieces(x, t, w, n), pieces(y, t, w, n)))  # noqa: E731
                cut = lambda values, t=t, w=width: [limited(v, t, w) for v in values]  # noqa: E731
                opcode = f"v{name}{count}.{t}32.{t}32.{t}32"
                yield opcode, (32,) * 3, 32, lambda x, y, z, each=each, w=width: packed(each(x, y), w)
                limit = lambda x, y, z, each=each, cut=cut, w=width: packed(cut(each(x, y)), w)  # noqa: E731
                yield f"{opcode}.sat", (32,) * 3, 32, limit
                yield f"{opcode}.add", (32,) * 3, 32, lambda x, y, z, each=each: sum(each(x, y)) + z
            less = lambda x, y, t=t, n=count, w=width: list(map(operator.lt, pieces(x, t, w, n), pieces(y, t, w, n)))  # noqa: E731
            yield (
                f"vset{count}.{t}32.{t}32.lt",
                (32,) * 3,
                32,
                lambda x, y, z, less=less, w=width: packed(less(x, y), w),
            )
            yield f"vset{count}.{t}32.{t}32.lt.add", (32,) * 3, 32, lambda x, y, z, less=less: sum(less(x, y)) + z
    for t, width in (("s", 8), ("u", 8)):
        lim = lambda v, t=t, w=width: limited(signed(v, 32), t, w) % (1 << w)  # noqa: E731
        both = lambda x, y, z, lim=lim, w=width: lim(x) << w | lim(y) | z << 16  # noqa: E731
        yield f"cvt.pack.sat.{t}{width}.s32.b32", (32,) * 3, 32, both
    for t in "su":
        lim = lambda v, t=t: limited(signed(v, 32), t, 16) % (1 << 16)  # noqa: E731
        yield f"cvt.pack.sat.{t}16.s32", (32, 32), 32, lambda x, y, lim=lim: lim(x) << 16 | lim(y)


@pytest.mark.parametrize("family", [arithmetic, comparisons, bits, small], ids=lambda f: f.__name__)
def test_integer_instructions_agree_with_pythons_integers(device, family):
    cases = list(family())
    forms = [Form(opcode, inputs, result) for opcode, inputs, result, _ in cases]
    meanings = [lambda *v, f=f, w=w: int(f(*v)) % (1 << w) for _, _, w, f in cases]
    check(forms, meanings, *(operands(seed) for seed in (1, 2, 3)))


def test_fields_are_inserted_and_logic_is_looked_up(device):
    forms = [
        Form(f"bfi.b{b}", (b, b), b, f", {at}, {n}") for b in (32, 64) for at in (0, 5, 31, 63) for n in (0, 1, 9, 64)
    ]
    places = [(b, at, n) for b in (32, 64) for at in (0, 5, 31, 63) for n in (0, 1, 9, 64)]
    meanings = [lambda x, y, b=b, at=at, n=n: put_field(x, y, at, n, b) for b, at, n in places]
    for table in (0x80, 0xFE, 0x96, 0xE8, 0xCA, 0x1B):
        forms.append(Form("lop3.b32", (32, 32, 32), 32, f", {table}"))
        meanings.append(
            lambda x, y, z, t=table: sum(
                (t >> ((x >> i & 1) * 4 + (y >> i & 1) * 2 + (z >> i & 1)) & 1) << i for i in range(32)
            )
        )
    check(forms, meanings, *(operands(seed) for seed in (4, 5, 6)))


@pytest.mark.parametrize("block", [32, 20])
def test_logic_of_three_can_be_tested_at_once(device, block):
    source = """KERNEL(const unsigned* x, unsigned* out) {
        unsigned a = x[threadIdx.x], d, hit, only;
        asm volatile("{.reg .pred p, q; setp.gt.u32 q, %3, 15;"
                     "lop3.or.b32 %0|p, %3, 3, 1, 0x80, q; selp.u32 %1, 1, 0, p;"
                     "lop3.and.b32 _|p, %3, 3, 1, 0x80, q; selp.u32 %2, 1, 0, p;}"
                     : "=r"(d), "=r"(hit), "=r"(only) : "r"(a));
        out[threadIdx.x] = d * 4 + hit * 2 + only;
    }"""
    x, out = np.arange(block, dtype=np.uint32), gpu.zeros(block, np.uint32)
    run(source, (1,), (block,), gpu.asarray(x), out)
    assert out.get().tolist() == [(v & 1) * 4 + 2 * (v & 1 or v > 15) + (v & 1 and v > 15) for v in range(block)]
