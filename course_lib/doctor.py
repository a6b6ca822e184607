"""`course doctor`: what this machine has, what each thing means for the course, and the command that mends it.

`examine(machine)` turns the facts of probe.py into findings and touches nothing; `report()` does both.
"""

import html
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from course_lib.probe import Driver, Machine, Missing, probe

DRIVER_NEEDED = (13, 0)  # CUDA version
SET_UP = "python3 course.py test"


@dataclass(frozen=True)
class Finding:
    """One thing looked at. state: "ok", "note" (the course runs without it) or "problem" (it does not)."""

    name: str
    state: str
    found: str
    meaning: str
    mend: str = ""  # a command, to be typed in the course's folder


@dataclass(frozen=True)
class Report:
    """The findings, as text and as a table in a notebook. `ready`: the course can run here."""

    findings: tuple[Finding, ...]

    @property
    def ready(self) -> bool:
        return all(finding.state != "problem" for finding in self.findings)

    @property
    def verdict(self) -> str:
        problems = [finding.name for finding in self.findings if finding.state == "problem"]
        return f"To be mended first: {', '.join(problems)}." if problems else "The course can run on this machine."

    def __str__(self) -> str:
        lines = []
        for finding in self.findings:
            lines += [f"{finding.state:8} {finding.name}: {finding.found}", f"{'':8} {finding.meaning}"]
            if finding.mend:
                lines.append(f"{'':8} To mend it: {finding.mend}")
        return "\n".join([*lines, "", self.verdict])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        marks = {"ok": "&#10003;&nbsp;ok", "note": "&#8226;&nbsp;note", "problem": "&#10007;&nbsp;problem"}
        rows = []
        for finding in self.findings:
            name, found, meaning, mend = map(html.escape, (finding.name, finding.found, finding.meaning, finding.mend))
            mend = f"<br>To mend it: <code>{mend}</code>" if mend else ""
            cells = [f"<td>{marks[finding.state]}</td>", f'<th scope="row">{name}</th>', f"<td>{found}</td>"]
            rows.append(f"<tr>{''.join(cells)}<td>{meaning}{mend}</td></tr>")
        head = "".join(f'<th scope="col">{title}</th>' for title in ("", "", "found", "what it means for the course"))
        style = "text-align:left;vertical-align:top;white-space:normal"
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        table = table.replace("<td>", f'<td style="{style}">').replace("<th scope", f'<th style="{style}" scope')
        return f"{table}<p><b>{html.escape(self.verdict)}</b></p>"


def report() -> Report:
    """Look at this machine. Takes some seconds."""
    return examine(probe())


def examine(machine: Machine) -> Report:
    """What the facts mean."""
    return Report((*_computer(machine), *_packages(machine), _gpu(machine), *_kernels(machine)))


def _computer(machine: Machine) -> Iterator[Finding]:
    python = f"{machine.python} on {machine.system}, {machine.processor}"
    yield Finding("Python", "ok", python, "The course runs on 3.11 and newer.")
    if machine.cores > 1:
        yield Finding("Cores", "ok", str(machine.cores), "The glass GPU shares the blocks of a kernel among them.")
    else:
        yield Finding("Cores", "note", "1", "Everything works; the glass GPU takes longer.")
    if machine.memory >= 3 * 2**30:
        yield Finding("Memory", "ok", _gib(machine.memory), "Every lesson fits.")
    else:
        yield Finding("Memory", "note", _gib(machine.memory), "Lessons take up to 2 GiB: close what else is open.")


def _packages(machine: Machine) -> Iterator[Finding]:
    purpose = "It checks our networks, and lets processes talk to each other."
    if isinstance(machine.torch, Missing):
        yield Finding("torch", "problem", machine.torch.why, purpose, _pip(machine, "--force-reinstall torch"))
    else:
        yield Finding("torch", "ok", machine.torch, purpose)
    blas = ", ".join(f"{name} for {kind}, {threads} threads" for name, kind, threads in machine.blas)
    purpose = "Results on the CPU are checked against it, and timed against its BLAS."
    yield Finding("NumPy", "ok", f"{machine.numpy} with {blas or 'a BLAS that does not say its name'}", purpose)


def _gpu(machine: Machine) -> Finding:
    """CuPy and the driver: no driver, driver too old, CuPy missing or broken, fine."""
    glass = "Kernels run on the glass GPU, and every lesson works."
    no_cupy = isinstance(machine.cupy, Missing)
    if isinstance(machine.driver, Missing):
        cupy = machine.cupy.why if no_cupy else f"CuPy {machine.cupy} is installed and waits for one"
        return Finding("GPU", "note", f"{machine.driver.why}; {cupy}", glass)
    gpus, (major, minor) = _describe(machine.driver), machine.driver.cuda
    if machine.driver.cuda < DRIVER_NEEDED:
        found = f"{gpus}; its driver is too old: it supports CUDA {major}.{minor}, and CuPy needs 13.0"
        return Finding("GPU", "note", found, glass, f"install NVIDIA's driver 580 or newer, then {SET_UP}")
    if no_cupy:
        return Finding(
            "GPU", "note", f"{gpus}; {machine.cupy.why}", glass, _pip(machine, "--force-reinstall -e '.[gpu]'")
        )
    if not machine.cupy_sees_gpu:
        found = f"{gpus}; CuPy {machine.cupy} cannot use it"
        return Finding("GPU", "note", found, glass, _pip(machine, "--force-reinstall -e '.[gpu]'"))
    return Finding("GPU", "ok", f"{gpus}; CuPy {machine.cupy}", "Kernels run on it.")


def _describe(driver: Driver) -> str:
    return ", ".join(f"{name} with {_gib(memory)}" for name, memory in driver.gpus)


def _kernels(machine: Machine) -> Iterator[Finding]:
    """NVRTC and the C compiler make the glass GPU. The course can run without them if a real GPU runs the kernels."""
    ran = not isinstance(machine.kernels, Missing)
    tools = (
        ("NVRTC", machine.nvrtc, "NVIDIA's compiler of CUDA C; it needs no GPU."),
        ("C compiler", machine.compiler, "The glass GPU translates every kernel to C, and this compiles it."),
    )
    for name, tool, purpose in tools:
        if isinstance(tool, Missing):
            yield Finding(name, "note" if ran else "problem", tool.why, f"{purpose} Without it there is no glass GPU.")
        else:
            yield Finding(name, "ok", tool, purpose)
    if ran:
        yield Finding("Kernels", "ok", machine.kernels, "A small kernel has just run there, with the right result.")
    else:
        purpose = "The lessons on GPUs need it; those on clusters and networks work."
        yield Finding("Kernels", "problem", machine.kernels.why, purpose)


def _pip(machine: Machine, what: str) -> str:
    return f"{shlex.quote(machine.executable)} -m pip install -c constraints.txt {what}"


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
