"""The C compiler of this computer, and the cache of what it built."""

import functools
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from course_lib.gpu.errors import SetupError

# No contraction, no reassociation: a kernel's floating point is what its PTX says.
FLAGS = [
    "-O1",
    "-march=native",
    "-ffp-contract=off",
    "-fwrapv",
    "-fno-strict-aliasing",
    "-fno-math-errno",
    "-std=gnu11",
]
FLAGS += ["-shared", "-fvisibility=hidden", "-w"] + ([] if os.name == "nt" else ["-fPIC"])

# What gcc would spend a fifth of its time on, and finds nothing in code as straight as a translated kernel.
GCC_SKIPS = ["-fno-tree-dse", "-fno-dse", "-fno-tree-pta"]

# Registers are given out for a long kernel as a whole, not loop by loop: they are in memory there anyway.
GCC_OF_LONG, LONG = ["-fira-region=one"], 3000  # lines of C


class Compiler(NamedTuple):
    """command: what starts it, as a list; version: its own first line."""

    command: list[str]
    version: str

    def flags(self, source: str) -> list[str]:
        if "clang" in self.version or "zig" in self.version:
            return FLAGS
        return FLAGS + GCC_SKIPS + (GCC_OF_LONG if source.count("\n") > LONG else [])


@functools.cache
def find() -> Compiler:
    """$CC, else cc, gcc or clang, else the one in the `ziglang` wheel. Raises SetupError if there is none."""
    chosen = os.environ.get("CC", "").split()
    for command in [chosen] if chosen else [["gcc"], ["clang"], ["cc"]]:
        if shutil.which(command[0]):
            return Compiler(command, _version([*command, "--version"]))
    if chosen:
        raise SetupError(
            f"the C compiler in the environment variable CC, {chosen[0]!r}, is not found; correct CC or unset it"
        )
    if importlib.util.find_spec("ziglang"):
        command = [sys.executable, "-m", "ziglang"]
        return Compiler([*command, "cc"], f"zig {_version([*command, 'version'])}")
    raise SetupError(
        "the glass GPU needs a C compiler and found none; install gcc or clang, or: python -m pip install ziglang"
    )


def build(source: str) -> Path:
    """The shared library of a C source, built unless the cache has it."""
    compiler = find()
    flags = compiler.flags(source)
    key = _key("\n".join([source, *compiler.command, compiler.version, *flags, _processor()]))
    suffix = ".dll" if os.name == "nt" else ".so"

    def make(target: Path):
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            text, library = Path(folder, "kernel.c"), Path(folder, "kernel" + suffix)
            text.write_text(source)
            command = [*compiler.command, *flags, str(text), "-o", str(library), "-lm"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode and not _works(compiler):
                said = (done.stderr or done.stdout or "it says nothing").strip().split("\n")[0]
                raise SetupError(
                    f"the C compiler {' '.join(compiler.command)!r} cannot build an empty program ({said}); "
                    f"mend it, or name another in the environment variable CC"
                )
            if done.returncode:
                raise RuntimeError(
                    f"the glass GPU made C that {compiler.version} refused; please report this:\n{done.stderr[:2000]}"
                )
            os.replace(library, target)

    return cached(f"{key}{suffix}", make)


def _works(compiler: Compiler) -> bool:
    """Whether it builds a program that does nothing."""
    with tempfile.TemporaryDirectory() as folder:
        text, library = Path(folder, "empty.c"), Path(folder, "empty.so")
        text.write_text("int nothing(void) { return 0; }")
        command = [*compiler.command, *compiler.flags(""), str(text), "-o", str(library)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0 and library.exists()


def cached(name: str, make) -> Path:
    """The file `name` of the cache; `make(path)` writes it if it is missing. Safe with several processes at once."""
    path = _folder() / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)  # it may have been cleared away meanwhile
        make(path)
    return path


def cached_text(parts: list[str], make) -> str:
    """A text that depends on `parts` only, made once, and again if its file is not whole."""

    def write(path):
        text = make()
        write_whole(path, f"{_key(text)}\n{text}".encode())

    name = f"{_key(chr(0).join(parts))}.txt"
    for _ in range(2):
        path = cached(name, write)
        digest, _, text = path.read_bytes().decode(errors="replace").partition("\n")
        if digest == _key(text):
            return text
        path.unlink(missing_ok=True)
    return make()


def write_whole(path: Path, content: bytes) -> None:
    """Others who look meanwhile see the whole file or none, whoever else writes it."""
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, delete=False) as file:
        file.write(content)
    os.replace(file.name, path)


def _key(text):
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _version(command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split("\n")[0].strip()


@functools.cache
def _processor():
    """-march=native means another thing on another computer, and home folders are shared."""
    try:
        lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].split("\n")
        return "\n".join(line for line in lines if line.startswith(("model name", "flags", "Features")))
    except OSError:
        return platform.processor() + platform.machine()


@functools.cache
def _folder() -> Path:
    """$GLASS_CACHE, else the user's cache folder, else (where that cannot be written) one for this process."""
    home = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    chosen = os.environ.get("GLASS_CACHE") or os.path.join(home or os.path.expanduser("~/.cache"), "glass-machines")
    try:
        Path(chosen).mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=chosen):
            return Path(chosen)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="glass-machines-"))
