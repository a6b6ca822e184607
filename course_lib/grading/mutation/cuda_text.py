"""CUDA C as tokens and statements: as much of its grammar as it takes to change a kernel in one place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

LEXER = re.compile(
    r"""
    (?P<blank>  \s+ | //[^\n]* | /\*.*?\*/ | \#(?:\\\n|[^\n])* )    # a preprocessor's line, too, is left alone
  | (?P<name>   [A-Za-z_]\w* )
  | (?P<number> (?: 0[xX][\da-fA-F]+ | \d+\.?\d*(?:[eE][+-]?\d+)? | \.\d+(?:[eE][+-]?\d+)? ) [uUlLfF]* )
  | (?P<text>   "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' )
  | (?P<mark>   <<= | >>= | -> | \+\+ | -- | :: | << | >> | [-+*/%&|^<>=!]= | && | \|\| | . )
    """,
    re.VERBOSE | re.DOTALL,
)
PARTNER = {"(": ")", "[": "]", "{": "}"}
TYPES = {"bool", "char", "short", "int", "unsigned", "long", "float", "double", "size_t", "void", "half"}
TYPES |= {f"{name}{n}" for name in ("char", "uchar", "int", "uint", "float", "double", "half") for n in (2, 3, 4)}
QUALIFIERS = {"const", "volatile", "signed", "static", "extern", "register", "constexpr"}
QUALIFIERS |= {"__shared__", "__restrict__", "__device__", "__global__", "__constant__", "auto"}
KEYWORDS = {"return", "if", "else", "for", "while", "do", "break", "continue", "switch", "case", "sizeof"}
BINDS = [  # two operands, from loosest to tightest
    {"||"},
    {"&&"},
    {"|"},
    {"^"},
    {"&"},
    {"==", "!="},
    {"<", ">", "<=", ">="},
    {"<<", ">>"},
    {"+", "-"},
    {"*", "/", "%"},
]
TIGHTNESS = {operator: tightness for tightness, operators in enumerate(BINDS) for operator in operators}
ASSIGNS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}


class Token(NamedTuple):
    kind: str  # "name", "number", "text" or "mark"
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Statement:
    """From its first token to its last, by their numbers; both are its own."""

    kind: str  # "simple", "block", "if", "for", "while", "do"
    first: int
    last: int
    inner: tuple["Statement", ...] = ()  # the statements of a block; the branches of an if; the body of a loop


class Code:
    """Tokens, and which bracket closes which."""

    def __init__(self, text: str):
        self.text = text
        found = [Token(m.lastgroup, m[0], m.start(), m.end()) for m in LEXER.finditer(text)]
        self.tokens = [token for token in found if token.kind != "blank"]
        self.partner: dict[int, int] = {}  # of each bracket, both ways
        opened = []
        for i, token in enumerate(self.tokens):
            if token.text in PARTNER:
                opened.append(i)
            elif opened and token.text == PARTNER[self.tokens[opened[-1]].text]:
                self.partner[i] = opened.pop()
                self.partner[self.partner[i]] = i

    def __getitem__(self, i: int) -> str:
        """The text of token i; "" beyond the ends."""
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where the tokens first … last stand in the text."""
        return self.tokens[first].start, self.tokens[last].end

    def of(self, first: int, last: int) -> str:
        start, end = self.span(first, last)
        return self.text[start:end]

    def ends_a_value(self, i: int) -> bool:
        """Whether an operator after token i has two operands."""
        if self[i] in (")", "]"):
            return True
        known = TYPES | QUALIFIERS | KEYWORDS
        return 0 <= i and self.tokens[i].kind in ("name", "number") and self[i] not in known

    def binary(self, i: int) -> bool:
        return self[i] in TIGHTNESS and self.ends_a_value(i - 1)

    def operands(self, i: int) -> tuple[int, int]:
        """The first token of the left operand and the last of the right one, of the operator i of two operands."""
        tightness = TIGHTNESS[self[i]]
        return self._left(i, tightness), self._right(i, tightness + 1)

    def choice(self, i: int) -> tuple[int, int, int]:
        """Of the `?` i: the first token of its condition, its `:`, and the last token of what follows that."""
        colon = self._right(i, -1) + 1
        while self[colon] == "?":  # a choice within the first branch
            colon = self._right(self._right(colon, -1) + 1, -1) + 1
        return self._left(i, 0), colon, self._right(colon, -1)

    def _left(self, i: int, tightness: int) -> int:
        """The first token before i that operators of at least that tightness join to what stands before i."""
        while i > 0:
            j = self.partner[i - 1] if self[i - 1] in (")", "]", "}") and i - 1 in self.partner else i - 1
            mark, value = self[j], j != i - 1 or self.tokens[j].kind in ("name", "number", "text")
            joins = (
                TIGHTNESS[mark] >= tightness if self.binary(j) else mark in {"-", "+", "!", "~", "*", "&", ".", "->"}
            )
            if self[j] in {"return", "else", "case"} or not (value or joins or mark == "::"):
                break
            i = j
        return i

    def _right(self, i: int, tightness: int) -> int:
        """The last token after i that operators of at least that tightness join to what stands after i."""
        while i + 1 < len(self.tokens):
            j = i + 1
            stop = {")", "]", "}", ",", ";", "?", ":"} | ASSIGNS
            if self[j] in stop or (self.binary(j) and TIGHTNESS[self[j]] < tightness):
                break
            i = self.partner.get(j, j) if self[j] in PARTNER else j
        return i

    def parts(self, first: int, last: int, mark: str) -> list[tuple[int, int]]:
        """The tokens first … last cut at each `mark` outside brackets: (first, last) of each part."""
        found, begin, i = [], first, first
        while i <= last:
            if self[i] == mark:
                found.append((begin, i - 1))
                begin = i + 1
            i = self.partner.get(i, i) + 1 if self[i] in PARTNER else i + 1
        return [*found, (begin, last)] if first <= last else []

    def statements(self) -> list[Statement]:
        """The statements of a function's body, or of a part of it."""
        return list(self._block(0, len(self.tokens)))

    def _block(self, i: int, end: int) -> Iterator[Statement]:
        while i < end and self[i] != "}":
            found = self._statement(i)
            yield found
            i = found.last + 1

    def _statement(self, i: int) -> Statement:
        word = self[i]
        if word == "{":
            end = self.partner.get(i, len(self.tokens) - 1)
            return Statement("block", i, end, tuple(self._block(i + 1, end)))
        if word in ("if", "for", "while"):
            branches = [self._statement(self.partner[i + 1] + 1)]
            if word == "if" and self[branches[0].last + 1] == "else":
                branches.append(self._statement(branches[0].last + 2))
            return Statement(word, i, branches[-1].last, tuple(branches))
        if word == "do":
            body = self._statement(i + 1)
            return Statement("do", i, self.parts(body.last + 1, len(self.tokens) - 1, ";")[0][1] + 1, (body,))
        last = self.parts(i, len(self.tokens) - 1, ";")[0][1] + 1
        return Statement("simple", i, min(last, len(self.tokens) - 1))

    def declares(self, statement: Statement) -> bool:
        i = statement.first
        return statement.kind == "simple" and self[i] in TYPES | QUALIFIERS and self[i + 1] != "("

    def declared(self) -> dict[str, str]:
        """Name -> its type, with a * for an array or a pointer, of each variable and parameter."""
        found, i = {}, 0
        while i < len(self.tokens):
            if self[i] not in TYPES:
                i += 1
                continue
            kind, i = self[i], i + 1
            while self[i] in TYPES:
                i += 1
            while i < len(self.tokens):
                star = ""
                while self[i] in QUALIFIERS | {"*", "&"}:
                    star, i = "*" if self[i] == "*" else star, i + 1
                if i >= len(self.tokens) or self.tokens[i].kind != "name" or self[i + 1] == "(":
                    break
                found[self[i]] = kind + (star or ("*" if self[i + 1] == "[" else ""))
                while i < len(self.tokens) and self[i] not in {",", ";", ")", "}"}:
                    i = self.partner.get(i, i) + 1 if self[i] in PARTNER else i + 1
                if self[i] != "," or self[i + 1] in TYPES | QUALIFIERS:
                    break
                i += 1
        return found
