"""PTX text -> its statements, which may share lines, fill several, and be nested in braces."""

import re

DIRECTIVES = (
    ".loc",
    ".file",
    ".version",
    ".target",
    ".address_size",
    ".section",
    ".maxntid",
    ".minnctapersm",
    ".reqntid",
)
HEAD = r"(?:\.visible |\.weak |\.extern )*\.(entry|func)\b"


def statements(text: str):
    """One statement at a time, whether it fills several lines or shares one; braces come alone."""
    pending = ""
    for raw in re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).split("\n"):
        line = raw.split("//")[0].strip()
        pending = f"{pending} {line}".strip()
        while pending:
            statement, pending = _first(pending)
            if not statement:
                break
            yield statement


def _first(text):
    """(the first whole statement, what follows it); ("", text) if it goes on in the next line."""
    head = re.match(HEAD, text)
    if head and head[1] == "func":  # a function's head ends where its body begins, or its declaration ends
        end = re.search(r"[{;]", text)
        return (text[: end.start()], text[end.start() :].lstrip("; ")) if end else ("", text)
    if head:  # a kernel's ends with its parameter list
        if text.count("(") > text.count(")") or "(" not in text:
            return "", text
        end = text.rindex(")") + 1
        return text[:end], text[end:].strip()
    if text.startswith(DIRECTIVES):
        return text, ""
    if text[0] in "{}":
        return text[0], text[1:].strip()
    if label := re.match(r"[\w$]+:(?!:)", text):
        return label[0], text[label.end() :].strip()
    statement, semicolon, rest = text.partition(";")
    return (statement + ";", rest.strip()) if semicolon else ("", text)
