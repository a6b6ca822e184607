"""The command that starts a fork server where its workers can harm nothing and see only what learners may.

    bubblewrap   a machine of its own: its own files, processes, network (loopback only) and users
    landlock     where bubblewrap cannot run: this machine, but only these files, no network, no signal to others

What is there: Python, its packages, the C compiler, a scratch folder, and the files of LEARNERS_HALF. What is not:
the rest of the course, solutions, submissions, gradebook, secret, the caller's environment, anybody's home.
"""

import ast
import functools
import itertools
import json
import os
import stat
import sys
from pathlib import Path

import course_lib
from course_lib.errors import UserError
from course_lib.grading.examine import LAUNCHES

ROOT = Path(course_lib.__file__).resolve().parents[1]
LEARNERS_HALF = [  # what answers may import, and the worker's own files; never a reference, never the judge
    *("__init__.py", "errors.py", "datasets.py", "stopwatch.py", "gradcheck.py", "hardware.py", "shapes.py"),
    *("gpu", "cluster"),
    *(f"grading/{name}.py" for name in ("confine", "forkserver", "kernels", "landlock", "names", "programs", "spec")),
    *(f"grading/{name}.py" for name in ("wire", "worker", "world")),
]
SCRATCH = 128 << 20  # bytes of /tmp
SHARED = 32 << 20  # bytes of /dev/shm
FIRST_USER = 1_600_000_000  # of the numbers that nobody has; each worker of a root judge gets one of its own
STARTER = (
    "import sys, types; sys.path[:0] = {path!r}; grading = types.ModuleType('course_lib.grading'); "
    "grading.__path__ = [{grading!r}]; sys.modules['course_lib.grading'] = grading; "
    "from course_lib.grading import forkserver; forkserver.main()"
)
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "USER": "learner",
    "COURSE_DEVICE": "glass",
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    **LAUNCHES,
}
BARE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}  # of bubblewrap itself: answers can read it in /proc/1/environ
_count = itertools.count()


class SandboxError(UserError):
    """No sandbox could be had, or it did not start: never a reason for a mark."""


def learners_half() -> list[Path]:
    """The files and folders of LEARNERS_HALF that there are."""
    return [path for name in LEARNERS_HALF if (path := ROOT / "course_lib" / name).exists()]


def imports(setup: str) -> str:
    """The import statements of a setup cell, a line each: what the fork server may read before there is an answer."""
    try:
        statements = ast.parse(setup).body
    except SyntaxError:
        return ""  # it holds a magic
    found = [ast.unparse(each) for each in statements if isinstance(each, ast.Import | ast.ImportFrom)]
    return "\n".join(found)


def missing(setup: str) -> list[str]:
    """The modules of the course that a setup cell imports, and that no sandbox has."""
    found = []
    for statement in map(ast.parse, imports(setup).splitlines()):
        for name in statement.body[0].names:
            origin = getattr(statement.body[0], "module", None)
            parts = [*(origin.split(".") if origin else []), *name.name.split(".")]
            if parts[0] == "course_lib" and len(parts) > 1 and not _mounted(parts[1:]):
                found.append(".".join(parts))
    return found


def _mounted(parts: list[str]) -> bool:
    """Whether a module of the course, in LEARNERS_HALF or in a folder of it, is there."""
    inside = {name.removesuffix(".py") for name in LEARNERS_HALF}
    return any("/".join(parts[:depth]) in inside for depth in range(1, len(parts) + 1))


def command(mode: str, control: int, imports: str, scratch: str) -> list[str]:
    """What starts forkserver.py in `mode`, with the socket `control`. `scratch`: a folder that may be written to."""
    kept = [path for path in [sys.base_prefix, *packages()] if Path(path).is_relative_to("/tmp")]
    job = {"control": control, "imports": imports, "keep": _kept(mode, scratch), "world": [SCRATCH, SHARED, kept]}
    if mode == "bubblewrap":
        return [*_bubblewrap(), *_python("/course", ENVIRONMENT | {"HOME": "/tmp"}, job)]
    return _python(str(ROOT), ENVIRONMENT | {"HOME": scratch}, job)


def request(mode: str, world: bool, scratch: str) -> dict:
    """What the fork server is to be told of one worker; `scratch` is the worker's own, as is its user."""
    user = FIRST_USER + os.getpid() % (1 << 22) * 64 + next(_count) % 64 if os.geteuid() == 0 else 0
    wanted = {"user": user, "world": world, "keep": _kept(mode, scratch)}
    wanted["reads_all"] = mode == "landlock" and hidden_folder() is not None
    return wanted | {"environment": {"HOME": scratch, "TMPDIR": scratch}}


def _kept(mode: str, scratch: str) -> list[list[str]] | None:
    """For landlock.keep: what is there to read, to write, and to see the names of; None where bubblewrap sees to it."""
    if mode == "bubblewrap":
        return None
    system = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives", "/dev/urandom", "/dev/zero"]
    system += ["/proc/cpuinfo", "/proc/meminfo"]
    inside = [*system, sys.base_prefix, *packages(), *map(str, learners_half())]
    return [inside, ["/dev/null", scratch], [str(ROOT / "course_lib")]]


@functools.cache
def hidden_folder() -> Path | None:
    """The first folder on the way to Python and its packages that not everybody may pass; None if there is none."""
    for path in map(os.path.realpath, [sys.base_prefix, *packages(), ROOT / "course_lib"]):
        for folder in [*reversed(Path(path).parents), Path(path)]:
            if not folder.stat().st_mode & stat.S_IXOTH:
                return folder
    return None


def packages() -> list[str]:
    """The folders of installed packages."""
    return [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages") and Path(path).is_dir()]


def _python(course: str, environment: dict[str, str], job: dict) -> list[str]:
    path = [course, *packages()]
    settings = [f"{name}={value}" for name, value in {**environment, "PYTHONPATH": os.pathsep.join(path)}.items()]
    starter = STARTER.format(path=path, grading=f"{course}/course_lib/grading")
    python = os.path.realpath(sys.executable)
    return ["/usr/bin/env", "-i", *settings, python, "-I", "-S", "-B", "-u", "-c", starter, json.dumps(job)]


def _bubblewrap() -> list[str]:
    """Source: bwrap(1), of bubblewrap 0.8."""
    words = "bwrap --unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup-try --die-with-parent"
    words += " --new-session --cap-drop ALL --hostname grader --clearenv"
    words += " --cap-add CAP_SYS_ADMIN --cap-add CAP_NET_ADMIN"  # for world.py; a worker gives them up (confine.become)
    if os.geteuid() == 0:
        words += " --cap-add CAP_SETUID --cap-add CAP_SETGID"
    else:
        words += " --unshare-user --disable-userns --uid 65534 --gid 65534"
    words += f" --perms 1777 --size {SCRATCH} --tmpfs /tmp --ro-bind /usr /usr"
    for link in ("bin", "lib", "lib64"):
        words += f" --symlink usr/{link} /{link}"
    words += " --ro-bind /etc/ld.so.cache /etc/ld.so.cache --ro-bind-try /etc/alternatives /etc/alternatives"
    arguments = words.split()
    for path in [sys.base_prefix] if not sys.base_prefix.startswith("/usr") else []:
        arguments += _bind(path, path)
    if _within(ROOT, ["/usr", sys.base_prefix]):
        arguments += ["--tmpfs", str(ROOT)]
    for path in packages():
        arguments += _bind(path, path)
        if Path(path, "course_lib").exists():  # a copy of the whole course among the packages
            arguments += ["--tmpfs", f"{path}/course_lib"]
    for path in learners_half():
        arguments += _bind(str(path), f"/course/{path.relative_to(ROOT)}")
    words = f"--proc /proc --dev /dev --perms 1777 --size {SHARED} --tmpfs /dev/shm --remount-ro /dev --remount-ro /"
    return [*arguments, *words.split(), "--chdir", "/tmp", "--"]


def _bind(path: str, inside: str) -> list[str]:
    """`path` as `inside`, read only, in folders that every user may pass through."""
    folders = [folder for folder in reversed(Path(inside).parents) if str(folder) != "/"]
    passed = [word for folder in folders for word in ("--perms", "0755", "--dir", str(folder))]
    return [*(passed if not inside.startswith("/usr/") else []), "--ro-bind", path, inside]


def _within(path: Path, folders: list[str]) -> bool:
    return any(path.is_relative_to(os.path.realpath(folder)) for folder in folders)
