"""C functions for the operations that a kernel uses.

Each operation `add.s32` becomes up to four: `add_s32_u` on scalars, for uniform registers; `add_s32_v` on 32 lanes;
`add_s32_m` on 32 lanes in memory, writing only the lanes in a mask; `add_s32_r` on those, writing all (runs.py).
"""

from course_lib.gpu.glass.isa.operation import BITS, FLOATS, Operation

NAMES = "xyzv"  # the operands in an expression


def c_name(opcode: str) -> str:
    return opcode.replace(".", "_").replace("::", "_")


def register_bits(type_: str) -> int:
    """Bits a lane of the register that holds this type: 16-bit and smaller values live in 32-bit lanes."""
    return 64 if BITS[type_] == 64 else 32


def lane_bits(type_: str) -> int:
    """The same, 1 for a predicate."""
    return 1 if type_ == "pred" else register_bits(type_)


def lanes_type(type_: str) -> str:
    return "u32" if type_ == "pred" else "L" if BITS[type_] == 64 else "R"


def scalar_type(type_: str) -> str:
    return "u64" if BITS[type_] == 64 else "u32"


def define(opcode: str, operation: Operation, forms: set[str]) -> str:
    """The functions of one operation, of the forms "u", "v", "m", "r"."""
    text = [_scalar(opcode, operation)]
    if forms & {"v", "m"}:
        text.append(_lanes(opcode, operation))
    if "m" in forms:
        text.append(_masked(opcode, operation))
    if "r" in forms:
        text.append(_in_memory(opcode, operation))
    return "\n".join(text)


def _value(type_, bits):
    """A register's bits as a value of the type."""
    if type_ == "pred":
        return f"({bits} != 0)"
    return f"as_{type_}({bits})" if type_ in FLOATS else f"({type_})({bits})"


def _bits(type_, value):
    if type_ == "pred":
        return f"({value}) != 0"
    if type_ in FLOATS:
        return f"bits_{type_}({value})"
    # a 16-bit result keeps its sign in the wider register: cvt.s16.s8 and the like define those bits
    return f"({scalar_type(type_)})({type_})({value})"


def _scalar(opcode, o):
    parameters = ", ".join(f"{scalar_type(t)} {n}_" for t, n in zip(o.operands, NAMES, strict=False))
    values = " ".join(f"{_c(t)} {n} = {_value(t, n + '_')};" for t, n in zip(o.operands, NAMES, strict=False))
    result = f"{_c(o.result)} r_ = {o.expression};"
    head = f"INLINE {scalar_type(o.result)} {c_name(opcode)}_u({parameters})"
    return f"{head} {{ {values} {result} return {_bits(o.result, 'r_')}; }}"


def _c(type_):
    return "u32" if type_ == "pred" else type_


def _lanes(opcode, o):
    name, parameters = (
        c_name(opcode),
        ", ".join(f"{lanes_type(t)} {n}_" for t, n in zip(o.operands, NAMES, strict=False)),
    )
    if o.vector and o.lanes_agree:
        return _by_parts(name, parameters, o)
    if o.widens:
        return _by_wider_parts(name, parameters, o)
    return _by_lane(name, parameters, o)


def _by_parts(name, parameters, o):
    wide = 64 if BITS[o.operands[0]] == 64 else 32
    loads, expression = _parts(o, ".")
    if o.result == "pred":
        part, declare = f"r_ |= bits{wide}((v_s{wide})({expression})) << (i * IN{wide});", "u32 r_ = 0;"
    else:
        part, declare = f"r_.p##i = (v_u{wide})({expression});", f"{lanes_type(o.result)} r_;"
    head = f"INLINE {lanes_type(o.result)} {name}_v({parameters}) {{ {declare}"
    return f"{head}\n#define PART(i) {{ {loads} {part} }}\nEACH{wide}\n#undef PART\nreturn r_; }}"


def _parts(o, member):
    """C that fetches a part of each operand, and the expression on parts. member: `.` or `->`."""
    loads = " ".join(f"v_{t} {n} = (v_{t}){n}_{member}p##i;" for t, n in zip(o.operands, NAMES, strict=False))
    wide = 64 if BITS[o.operands[0]] == 64 else 32
    return loads, o.expression.replace(f"__builtin_fma{'f' if wide == 32 else ''}(", f"fma_part_f{wide}(")


def _by_wider_parts(name, parameters, o):
    def part(t, n):
        half = f"__builtin_convertvector(*(const h_{t} *)((const u32 *)&{n}_ + i * IN64), v_{o.result})"
        return f"v_{o.result} {n} = {half if BITS[t] == 32 else f'(v_{o.result}){n}_.p##i'};"

    loads = " ".join(part(t, n) for t, n in zip(o.operands, NAMES, strict=False))
    expression = o.expression.removeprefix(f"({o.result})")
    body = f"#define PART(i) {{ {loads} r_.p##i = (v_u64)({expression}); }}\nEACH64\n#undef PART"
    return f"INLINE L {name}_v({parameters}) {{ L r_;\n{body}\nreturn r_; }}"


def _by_lane(name, parameters, o):
    def lane(t, n):
        return f"{n}_ >> i & 1" if t == "pred" else f"((const {scalar_type(t)} *)&{n}_)[i]"

    call = f"{name}_u({', '.join(lane(t, n) for t, n in zip(o.operands, NAMES, strict=False))})"
    if o.result == "pred":
        body = f"u32 r_ = 0; for (int i = 0; i < 32; i++) r_ |= (u32){call} << i;"
    else:
        body = f"{lanes_type(o.result)} r_; for (int i = 0; i < 32; i++) (({scalar_type(o.result)} *)&r_)[i] = {call};"
    return f"static {lanes_type(o.result)} {name}_v({parameters}) {{ {body} return r_; }}"


def _masked(opcode, o):
    name = c_name(opcode)
    parameters = "".join(f", const {lanes_type(t)} *{n}" for t, n in zip(o.operands, NAMES, strict=False))
    value = f"{name}_v({', '.join('*' + n for n in NAMES[: len(o.operands)])})"
    if o.result == "pred":
        write = f"*d = (*d & ~m) | ({value} & m);"
    else:
        write = f"*d = choose{register_bits(o.result)}(m, {value}, *d);"
    return f"COLD void {name}_m({lanes_type(o.result)} *d{parameters}, u32 m) {{ {write} }}"


def _in_memory(opcode, o):
    """Part by part from memory to memory: lanes passed by value would be copied first."""
    parameters = ", ".join(f"const R *{n}_" for _, n in zip(o.operands, NAMES, strict=False))
    loads, expression = _parts(o, "->")
    part = f"#define PART(i) {{ {loads} d->p##i = (v_u32)({expression}); }}"
    return f"INLINE void {c_name(opcode)}_r(R *d, {parameters}) {{\n{part}\nEACH32\n#undef PART\n}}"
