"""The mutants of CUDA C: its tokens and statements are found, and each kind of change is what it says."""

import pytest

from course_lib.gpu import nvrtc
from course_lib.gpu.errors import CompileError
from course_lib.grading import exercises
from course_lib.grading.mutation import cuda, mutant
from course_lib.grading.mutation.cuda_text import LEXER, Code

KNOWN = {"n": "int", "m": "int", "i": "int", "x": "float*", "y": "float*", "v": "float"}


def made(text, kind):
    """What stands in place of a text, by changes of one kind."""
    return {text[:start] + new + text[end:] for each, start, end, new in cuda.edits(text, KNOWN) if each == kind}


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("v = a + b;", "operator", {"v = a - b;"}),
        ("v = a * b;", "operator", {"v = a / b;", "v = a + b;"}),
        ("if (a && b) c();", "operator", {"if (a || b) c();"}),
        ("v = *x + -v;", "operator", {"v = *x - -v;"}),
        ("f(&a, *b, -c);", "operator", set()),
        ("v = a / b;", "operands swapped", {"v = b / a;"}),
        ("v = a * k + c;", "operand dropped", {"v = a + c;", "v = k + c;", "v = a * k;", "v = c;"}),
        ("v = (a + b) * c;", "operand dropped", {"v = (a + b);", "v = c;", "v = (a) * c;", "v = (b) * c;"}),
        ("v = a - b - c;", "operand dropped", {"v = a - b;", "v = c;", "v = a - c;", "v = b - c;"}),
        ("if (r < m && c < n) f();", "operand dropped", {"if (r < m) f();", "if (c < n) f();"}),
        ("v = r < m && c < n ? a : 0;", "operand dropped", {"v = r < m ? a : 0;", "v = c < n ? a : 0;"}),
        ("v = -a[1] * b;", "operand dropped", {"v = -a[1];", "v = b;"}),
        ("if (a < b) f();", "comparison", {"if (a <= b) f();", "if (a >= b) f();"}),
        ("if (a == b) f();", "comparison", {"if (a != b) f();"}),
        ("v = 32;", "constant", {"v = 33;", "v = 31;", "v = 64;"}),
        ("v = 0;", "constant", {"v = 1;"}),
        ("float s[3];", "constant", {"float s[2];"}),
        ("float s[3][4];", "constant", {"float s[2][4];"} | {f"float s[3][{n}];" for n in (5, 3, 8)}),
        ("v = 1u;", "constant", {"v = 0u;", "v = 2u;"}),
        ("v = 0.5f;", "constant", {"v = 2 * 0.5f;", "v = 0;"}),
        ("v = s[a + b];", "index", {"v = s[a + b + 1];", "v = s[a + b - 1];"}),
        ("v = s[a][b];", "indices swapped", {"v = s[b][a];"}),
        ("float s[3][4];", "index", set()),
        ("float s[3] = {v};", "index", set()),
        ("v = threadIdx.x;", "another built-in", {"v = blockIdx.x;"}),
        ("v = threadIdx.x;", "another axis", {"v = threadIdx.y;"}),
        ("q.w = p.x;", "another axis", {"q.z = p.x;", "q.w = p.y;"}),
        ("y[i] = v;", "assignment", {"y[i] += v;"}),
        ("v += 1;", "assignment", {"v = 1;", "v -= 1;"}),
        ("int a = 1, b = a;", "assignment", set()),
        ("a(); __syncthreads(); b();", "barrier removed", {"a(); ; b();"}),
        ("a(); __syncthreads(); b();", "barrier of a warp only", {"a(); __syncwarp(); b();"}),
        (
            "a(); __syncthreads(); b();",
            "barrier moved",
            {"__syncthreads();\na(); b();", "a(); b();\n__syncthreads();"},
        ),
        (
            "for (;;) { a(); } __syncthreads(); if (b) c(); else { d(); }",
            "barrier moved",
            {
                "__syncthreads();\nfor (;;) { a(); } if (b) c(); else { d(); }",
                "for (;;) { a(); } if (b) c(); else { d(); }\n__syncthreads();",
            },
        ),
        ("int a = 1; __syncthreads();", "barrier moved", set()),
        ("if (a) { b(); c = 1; }", "statement removed", {"if (a) { ; c = 1; }", "if (a) { b(); ; }"}),
        ("int a = 1; return;", "statement removed", {"int a = 1; ;"}),
        ("if (a < b) c();", "condition", {"if (!(a < b)) c();", "if (true) c();", "if (false) c();"}),
        ("v = a ? b : c;", "condition", {"v = !(a) ? b : c;"}),
        ("v = a < b ? x[i] : 0;", "guard removed", {"v = x[i];", "v = 0;"}),
        ("f(a, b ? c : d);", "guard removed", {"f(a, c);", "f(a, d);"}),
        ("for (int i = 0; i < n; ++i) f();", "step", {"for (int i = 0; i < n; i += 2) f();"}),
        ("for (i = 9; i > 0; i--) f();", "step", {"for (i = 9; i > 0; i -= 2) f();"}),
        ("for (; i < n; i += a + b) f();", "step", {"for (; i < n; i += 2 * (a + b)) f();"}),
        ("for (int i = a; i < n; ++i) f();", "start", {"for (int i = a + 1; i < n; ++i) f();"}),
        ("v = fmaxf(a, b);", "function", {"v = fminf(a, b);"}),
        ("v = fmaxf(a, b);", "call dropped", {"v = a;", "v = b;"}),
        ("v = fmaxf(a, b);", "arguments swapped", set()),
        ("bring(a[1], b);", "arguments swapped", {"bring(b, a[1]);"}),
        ("atomicAdd(&s[1], v);", "atomic dropped", {"*(&s[1]) += v;"}),
        ("__shared__ float s[3];", "__shared__ dropped", {" float s[3];"}),
        ("v = !a;", "sign or not dropped", {"v = a;"}),
        ("i = n;", "another name", {"n = n;", "m = n;", "i = m;", "i = i;"}),
        ("int i = n, m = i;", "another name", {f"int i = {a}, m = {b};" for a, b in ("mi", "ii", "nn", "nm")}),
        ('// a < b\n/* 3 */ f("x < 3");', "comparison", set()),
    ],
)
def test_a_kind_of_change_makes_what_it_says_and_nothing_else(text, kind, expected):
    assert made(text, kind) == expected


@pytest.mark.parametrize("name", exercises.names())
def test_tokens_and_blanks_are_the_whole_text_and_brackets_pair_up(name):
    for source in exercises.find(name).reference.values():
        for _, text in mutant.kernels(source):
            assert "".join(found[0] for found in LEXER.finditer(text)) == text
            code = Code(text)
            assert all(code.partner[code.partner[i]] == i for i in code.partner)
            assert len(code.partner) == sum(token.text in "()[]{}" for token in code.tokens)


def test_statements_are_found_whole():
    code = Code("int a; if (b) c(); else if (d) { e(); } while (f) ; do g(); while (h); { } for (;;) if (i) j();")
    found = code.statements()
    assert [code.of(each.first, each.last) for each in found] == [
        "int a;",
        "if (b) c(); else if (d) { e(); }",
        "while (f) ;",
        "do g(); while (h);",
        "{ }",
        "for (;;) if (i) j();",
    ]


def test_variables_are_known_by_their_types():
    text = "void f(const float* A, float4 *q, int m, unsigned char* u) { int a = g(1, 2), b; __shared__ float s[3]; }"
    kinds = {"A": "float*", "q": "float4*", "m": "int", "u": "unsigned*", "a": "int", "b": "int", "s": "float*"}
    assert cuda.declared(text) == kinds


@pytest.mark.parametrize("name", exercises.names())
def test_a_mutant_of_a_kernel_is_another_text_within_the_marks_and_most_compile(name):
    """Some kinds know nothing of types; what else does not compile is a mistake of the mutator."""
    exercise = exercises.find(name)
    for question, source in exercise.reference.items():
        for _, text in mutant.kernels(source):
            [(start, end)] = mutant.regions(text, "// ")
            known = cuda.declared(text)
            seen = {}
            for kind, first, last, new in cuda.edits(text[start:end], known):
                changed = text[: start + first] + new + text[start + last :]
                assert changed != text or kind == "another name", (question, kind)
                seen.setdefault(kind, changed)  # one of each kind: compiling takes time
            for kind in set(seen) - {"another name", "arguments swapped", "assignment"}:
                try:
                    nvrtc.ptx(seen[kind], question, nvrtc.options({"TILE": 8}))
                except CompileError as error:
                    pytest.fail(f"{question}, {kind}: {error}")
