"""NVRTC, NVIDIA's run-time compiler: CUDA C -> PTX or cubin. It is a library of its own and needs no GPU.

The pip wheel `nvidia-cuda-nvrtc` brings it; `nvidia-cuda-runtime`, `-crt` and `-cccl` bring the headers.
Source of the calls: NVIDIA, *NVRTC* (CUDA Toolkit documentation), version 13.0.
"""

import ctypes
import functools
import importlib.util
import os
import re
import sys
from pathlib import Path

import numpy as np

from course_lib.gpu import advice
from course_lib.gpu.errors import CompileError, SetupError

PTX_TARGET = "compute_90"  # what the glass GPU runs: Hopper, the architecture of the course's records
LANGUAGE = ("-std=c++17", *(["--device-int128"] if sys.platform == "linux" else []))  # __int128: only there
BUILTIN = "__nv_nvrtc_builtin_header.h"  # what NVRTC puts before every source
ERROR = re.compile(r"^(.+)\((\d+)\): error: .*\n(.*)\n( *)\^", re.MULTILINE)  # file, line, its text, up to the mark
REFUSED = re.compile(r"ptx input, line (\d+); (?:error|fatal) *: (.*)")  # by ptxas
INSTALL = "python -m pip install 'nvidia-cuda-nvrtc==13.0.*' 'nvidia-cuda-runtime==13.0.*' 'nvidia-cuda-crt==13.0.*'"


def version() -> tuple[int, int]:
    """(major, minor) of the NVRTC found. Raises SetupError when there is none."""
    major, minor = ctypes.c_int(), ctypes.c_int()
    _library().nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    return major.value, minor.value


def architectures() -> list[str]:
    """The architectures it compiles for, from "sm_75" on. Raises SetupError when there is no NVRTC."""
    count = ctypes.c_int()
    _library().nvrtcGetNumSupportedArchs(ctypes.byref(count))
    numbers = (ctypes.c_int * count.value)()
    _library().nvrtcGetSupportedArchs(numbers)
    return [f"sm_{number}" for number in numbers]


def ptx(
    source: str,
    filename: str = "kernel.cu",
    options: tuple[str, ...] = (),
    target: str = PTX_TARGET,
    names: tuple[str, ...] = (),
) -> str:
    """PTX of CUDA C source, with a `.loc` line for every instruction.

    options: of `options(…)`; names: instantiations of its templates, such as "reduce<float, 256>", to which symbols(…)
    tells the way. Raises CompileError with NVRTC's own message, SetupError without NVRTC.
    """
    text, found = _compile(source, filename, options, target, "PTX", names)
    text = text.decode()
    _check_assembly(text, source, filename, options, target, names)
    return "".join(f"// {symbol} {name}\n" for name, symbol in found.items()) + text


def symbols(text: str) -> dict[str, str]:
    """{name: its symbol} of the names that this PTX was asked for."""
    lines = re.match(r"(?:// [\w$]+ .*\n)*", text)[0].splitlines()
    return {name: symbol for _, symbol, name in (line.split(" ", 2) for line in lines)}


def cubin(
    source: str,
    filename: str = "kernel.cu",
    options: tuple[str, ...] = (),
    target: str = "sm_90",
    names: tuple[str, ...] = (),
) -> bytes:
    """Machine code for one architecture: the whole tool chain, ptxas included, without a GPU."""
    return _compile(source, filename, options, target, "CUBIN", names)[0]


def assembler_report(source: str, filename: str, options: tuple[str, ...], target: str, names=()) -> str:
    """What ptxas, the last stage of the tool chain, says of each kernel: registers, spills, shared memory."""
    told, _ = _compile(source, filename, (*options, "--ptxas-options=-v"), target, "ProgramLog", names)
    return told.decode(errors="replace")


def headers() -> list[Path]:
    """The include folders of the CUDA headers that pip installed, and after these, of NVIDIA's own toolkit."""
    toolkits = [os.environ.get("CUDA_PATH"), os.environ.get("CUDA_HOME"), "/usr/local/cuda"]
    roots = [*_nvidia_folders(), *(Path(folder) for folder in toolkits if folder)]
    return [folder for root in roots for folder in (root / "include", root / "include/cccl") if folder.is_dir()]


def options(defines: dict, beside: Path | None = None) -> tuple[str, ...]:
    """What the user asks of the compiler: -DTILE=16 for {"TILE": 16}, and includes from the folder `beside` the source.

    Raises CompileError for a name that C does not allow, or a value that is no number and no string.
    """
    for name, value in defines.items():
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise CompileError(f"a define needs a C name such as TILE, but {name!r} came; rename it")
        if not isinstance(value, (int, float, str, np.generic)):
            raise CompileError(f"the define {name} is a number or a string, but {type(value).__name__} came")
    given = {name: int(value) if isinstance(value, bool) else value for name, value in sorted(defines.items())}
    return (*(f"-D{name}={value}" for name, value in given.items()), *([f"-I{beside}"] if beside else []))


def only_hopper(ptx: str) -> str | None:
    """The first instruction in PTX that only Hopper has (target sm_90a), with its source line; None: there is none."""
    found = re.search(r"^\s*(?:@!?%\w+\s+)?((?:wgmma|setmaxnreg)\.[\w.]+)", ptx, re.MULTILINE)
    if found is None:
        return None
    lines = re.findall(r"^\s*\.loc\s+\d+\s+(\d+)", ptx[: found.start()], re.MULTILINE)
    return f"{found[1]} in line {lines[-1]}" if lines else found[1]


def _compile(source, filename, given, target, output, names=()):
    """(what was asked for, {name: its symbol})"""
    nvrtc = _library()
    options = [*given, f"--gpu-architecture={target}", *LANGUAGE, "-lineinfo"]
    options += [f"-I{folder}" for folder in headers()]
    program = ctypes.c_void_p()
    nvrtc.nvrtcCreateProgram(ctypes.byref(program), source.encode(), filename.encode(), 0, None, None)
    try:
        for name in names:
            nvrtc.nvrtcAddNameExpression(program, name.encode())
        arguments = (ctypes.c_char_p * len(options))(*(option.encode() for option in options))
        status = nvrtc.nvrtcCompileProgram(program, len(options), arguments)
        if status != 0:
            log = _errors(_text(nvrtc, "ProgramLog", program).decode(errors="replace"))
            _check_names(log, filename, names)
            more = _define_at_fault(log, filename, given) or advice.of(log)
            said = log or nvrtc.nvrtcGetErrorString(status).decode()
            raise CompileError(f"the CUDA compiler refused {filename}:\n{said}{more}")
        return _text(nvrtc, output, program), {name: _symbol(nvrtc, program, name) for name in names}
    finally:
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))


def _check_assembly(text, source, filename, options, target, names):
    """NVRTC copies inline assembly as it is; the first to read it is ptxas. Raises CompileError with what that says."""
    if "// begin inline asm" not in text or not re.search(r'\b(asm|__asm__)\b|#\s*include\s*"', source):
        return  # CUDA's own headers have some too, and need no proof
    real = target.replace("compute", "sm") + ("a" if only_hopper(text) else "")
    try:
        _compile(source, filename, (*options, "--ptxas-options=-O0"), real, "CUBIN", names)
    except CompileError as error:
        said = [_in_source(text, int(n), filename, why) for n, why in re.findall(REFUSED, str(error))]
        if said:
            raise CompileError(f"the CUDA compiler refused {filename}:\n" + "\n".join(dict.fromkeys(said))) from None


def _in_source(text, number, filename, why):
    """What ptxas says of a line of PTX, as if NVRTC said it of the line that it came from."""
    lines = text.split("\n")
    before = re.findall(r"^\s*\.loc\s+(\d+) (\d+)", "\n".join(lines[:number]), re.MULTILINE)
    file, line = before[-1] if before else ("", "0")
    path = dict(re.findall(r'^\s*\.file\s+(\d+) "(.*?)"', text, re.MULTILINE)).get(file, filename)
    return f"{Path(path).name}({line}): error in the assembly {lines[number - 1].strip()!r}: {why}"


def _errors(log):
    """The log without its warnings, which hide the error that counts."""
    parts = log.strip().split("\n\n")
    return "\n\n".join(part for part in parts if not re.match(r"Remark: |.+\(\d+\): warning ", part))


def _define_at_fault(log, filename, given):
    """Advice about a define that is not what the source takes it for: "" if no error stands at one.

    A define holds in CUDA's own headers too, where T=16 makes hundreds of errors of their `template <class T>`: then
    there is nothing else to say, and CompileError says it.
    """
    defines = {define[1]: define[0][2:] for option in given if (define := re.match(r"-D(\w+)=.*", option))}
    for file, line, text, before in re.findall(ERROR, log):
        for name, define in defines.items():
            if _is_cudas(file) and re.search(rf"\b{name}\b", text):
                raise CompileError(
                    f"{filename} cannot have the define {define}, for CUDA's own headers use the name {name} for "
                    f"something else; rename it, for instance to MY_{name.upper()}, in the source and where you set it"
                )
            if not _is_cudas(file) and re.match(rf"{name}\b", text[len(before) :]):
                return f"\n\n{name} in line {line} is the define {define}."
    return ""


def _is_cudas(file):
    return file == BUILTIN or any(Path(file).is_relative_to(folder) for folder in headers())


def _check_names(log, filename, names):
    """NVRTC compiles a name as code of its own; its complaint about that is said in one sentence."""
    asked = re.search(r'Input name expression was: "(.*)"', log)
    if asked:
        bare = asked[1].replace(" ", "")
        name = next((n for n in names if n.replace(" ", "") == bare), bare)
        why = re.search(r"error: (.*)", log)[1]
        raise CompileError(
            f"{filename} has no kernel by the name {name!r} ({why}); a name is a kernel with all its template "
            f"arguments, such as 'reduce<float, 256>'"
        )


def _symbol(nvrtc, program, name):
    symbol = ctypes.c_char_p()
    nvrtc.nvrtcGetLoweredName(program, name.encode(), ctypes.byref(symbol))
    return symbol.value.decode()


def _text(nvrtc, what, program):
    size = ctypes.c_size_t()
    getattr(nvrtc, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
    buffer = ctypes.create_string_buffer(size.value)
    getattr(nvrtc, f"nvrtcGet{what}")(program, buffer)
    return buffer.raw.rstrip(b"\0") if what != "CUBIN" else buffer.raw


def _nvidia_folders():
    """site-packages/nvidia/cu13 and its siblings; older wheels name them cuda_nvrtc, cuda_runtime and so on."""
    spec = importlib.util.find_spec("nvidia")
    return [
        folder for root in (spec.submodule_search_locations if spec else []) for folder in sorted(Path(root).glob("*"))
    ]


def identity() -> str:
    """What tells one NVRTC from another without loading it, for caches of what it made. Raises SetupError."""
    file = _file()
    return f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}"


@functools.cache
def _file() -> Path:
    if sys.platform == "darwin":
        raise SetupError(
            "NVIDIA has no CUDA compiler for macOS, so kernels cannot run here; "
            "everything else of the course does, and kernels run on any Linux or Windows machine"
        )
    pattern = "bin/**/nvrtc64*.dll" if sys.platform == "win32" else "lib/libnvrtc.so.*"
    found = [file for root in _nvidia_folders() for file in sorted(root.glob(pattern)) if "alt" not in file.name]
    if not found:
        raise SetupError(f"the CUDA compiler NVRTC is not installed; install it with: {INSTALL}")
    return found[0]


@functools.cache
def _library():
    file = _file()
    try:
        for builtins in sorted(file.parent.glob("*nvrtc-builtins*")):  # NVRTC looks it up by name only
            ctypes.CDLL(str(builtins), mode=ctypes.RTLD_GLOBAL)
        library = ctypes.CDLL(str(file))
    except OSError as error:
        raise SetupError(
            f"the CUDA compiler NVRTC could not be loaded ({error}); reinstall it with: {INSTALL}"
        ) from None
    library.nvrtcGetErrorString.restype = ctypes.c_char_p
    return library
