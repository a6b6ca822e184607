#!/usr/bin/env python3
"""Set the course up, the first time, and run it.

    python3 course.py lab       open JupyterLab on the course
    python3 course.py test      run every test
    python3 course.py doctor    say what this machine has; so with every other `course` command

What follows the command is handed on: `python3 course.py test -k matmul`. All that is needed is Python 3.11 or newer;
every package goes into the folder .venv beside this file, or into the folder that COURSE_VENV names.
"""

# No syntax newer than Python 3.6 in this file: an old Python must get as far as being told that it is old.
import ctypes
import errno
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("COURSE_VENV") or ROOT / ".venv").expanduser().resolve()
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
OURS = VENV / ".course"  # what this script keeps for itself
STAMP, LOG, LOCK = OURS / "installed", OURS / "pip.log", OURS / "lock"
START = "notebooks/00_start_here.ipynb"
# of course_lib.cli
COMMANDS = ("check", "doctor", "grade", "measure", "mutants", "push-nbgrader", "release", "report", "selftest")
DRIVER_NEEDED = 13000  # CUDA 13.0


class Stop(Exception):
    """One sentence for the user, and nothing more is done."""


def note(text):
    print(text, file=sys.stderr, flush=True)


def cuda_driver():
    """The CUDA version that the NVIDIA driver supports, as 13000 for 13.0; 0 without a GPU that answers."""
    try:
        cuda = ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return 0
    version, count = ctypes.c_int(), ctypes.c_int()
    if cuda.cuInit(0) or cuda.cuDriverGetVersion(ctypes.byref(version)) or cuda.cuDeviceGetCount(ctypes.byref(count)):
        return 0
    return version.value if count.value else 0


def extras(driver):
    """The optional parts that this machine can use, or needs."""
    gpu = ["gpu"] if driver >= DRIVER_NEEDED else []
    compiler = os.environ.get("CC") or any(map(shutil.which, ("cc", "gcc", "clang")))
    return gpu + ([] if compiler else ["compiler"])


def wanted(chosen):
    """The stamp of a finished set-up. First line: where it is; if that changes, .venv is made anew. Second: what."""
    where = f"Python {sys.version_info[0]}.{sys.version_info[1]} for {ROOT} in {VENV}"
    files = ("pyproject.toml", "constraints.txt", "labconfig/overrides.json")
    what = hashlib.sha256(b"\0".join((ROOT / name).read_bytes() for name in files)).hexdigest()
    return f"{where}\n{what} {','.join(chosen)}\n"


def installed():
    whole = os.access(str(PYTHON), os.X_OK) and os.access(str(STAMP), os.R_OK)
    return STAMP.read_text(encoding="utf-8") if whole else ""


@contextmanager
def alone():
    """Hold .venv's lock. The system frees it when its holders end, however they end."""
    waiting = f"another set-up of {VENV} is running; waiting for it"
    with LOCK.open("a") as lock:
        os.set_inheritable(lock.fileno(), True)  # pip holds it too, and so keeps it if it outlives this script
        if os.name == "nt":
            import msvcrt

            while True:
                try:
                    msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)  # tries for ten seconds
                    break
                except OSError:
                    note(waiting)
        else:
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                note(waiting)
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_logged(*command):
    """Run a command with its output in LOG, showing only the large downloads; if it fails, stop with its last error."""
    last, cause = "", ""  # behind its errors pip may go on with notes
    with LOG.open("a", encoding="utf-8") as log:
        log.write("$ " + " ".join(command) + "\n")
        log.flush()
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        text = {"encoding": "utf-8", "errors": "replace"}
        with subprocess.Popen(command, cwd=str(ROOT), close_fds=False, **pipes, **text) as child:
            for line in child.stdout:
                log.write(line)
                said = line.strip()
                if said and (said.startswith("ERROR:") or not last.startswith("ERROR:")):
                    last = said
                if "connection broken" in line:
                    cause = ", because the network cannot be reached"
                if re.search(r"Downloading .*\((\d\d+(\.\d+)? MB|.* GB)\)", line):
                    note("  " + said)
    if child.returncode:
        raise Stop(
            f"The set-up failed{cause}: {last.rstrip('.')}. "
            f"When that is mended, type the same command again. The whole log is {LOG}."
        )


def empty_venv():
    """Delete what is in .venv but this script's own folder, whose lock is held."""
    for entry in VENV.iterdir():
        if entry.is_symlink() or entry.is_file():
            entry.unlink()
        elif entry != OURS:
            shutil.rmtree(str(entry))


def install(chosen, want):
    """Make .venv as wanted. It is made anew unless it is complete and in its place."""
    have = installed()
    if have == want:  # by the set-up that was waited for
        return
    note(f"Setting up {VENV}: about a minute, more where CUDA packages are downloaded ...")
    LOG.write_text("", encoding="utf-8")
    if STAMP.exists():
        STAMP.unlink()  # an interrupted install must not be taken for a complete one
    if have.split("\n")[0] != want.split("\n")[0]:
        have = ""
        empty_venv()
        run_logged(sys.executable, "-m", "venv", str(VENV))
    pip = (str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar=off")
    target = f".[{','.join(chosen)}]" if chosen else "."
    try:
        run_logged(*pip, "pip>=25.1")
        run_logged(*pip, "-c", "constraints.txt", "--group", "test", "-e", target)
    except Stop:
        if have:
            STAMP.write_text(have, encoding="utf-8")  # pip gave up by itself, and what was there is still whole
        raise
    STAMP.write_text(want, encoding="utf-8")


def set_up():
    """Make .venv what pyproject.toml, constraints.txt and this machine ask for; nothing to do in most runs."""
    driver = cuda_driver()
    chosen = extras(driver)
    want = wanted(chosen)
    if installed() == want:
        return
    if 0 < driver < DRIVER_NEEDED:
        note(
            f"note: this NVIDIA driver supports CUDA {driver // 1000}.{driver % 1000 // 10} and the course's GPU part "
            "needs 13.0 (driver 580 or newer), so kernels will run on the glass GPU."
        )
    if sys.platform == "darwin":
        note("note: NVIDIA has no compiler for macOS, so kernels cannot run here; everything else of the course does.")
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        raise Stop(
            f"{sys.executable} cannot make virtual environments; on Debian and Ubuntu install the package "
            "python3-venv, then type the same command again."
        )
    there = os.listdir(str(VENV)) if VENV.exists() else []
    if there and OURS.name not in there:
        raise Stop(f"{VENV} was not made by course.py and is left alone; delete it, or name another in COURSE_VENV.")
    try:
        OURS.mkdir(parents=True, exist_ok=True)
        with alone():
            install(chosen, want)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EACCES, errno.EROFS):
            raise
        raise Stop(
            f"{VENV} cannot be written to: copy the course into a folder of your own, or name a place for its "
            "packages, as in COURSE_VENV=~/glass-machines python3 course.py lab."
        ) from None


def run(command, **variables):
    """Become the command: signals and exit status are its own."""
    env = dict(variables, **os.environ)
    env.update(VIRTUAL_ENV=str(VENV), PATH=str(BIN) + os.pathsep + os.environ.get("PATH", os.defpath))
    if os.name == "posix":
        os.execve(command[0], command, env)
    child = subprocess.Popen(command, env=env)
    while True:
        try:
            sys.exit(child.wait())
        except KeyboardInterrupt:
            pass  # the command got it too, and decides what to do


def lab_options():
    options = ["--ServerApp.root_dir=" + str(ROOT)]
    if (ROOT / START).exists():
        options.append("--LabApp.default_url=/lab/tree/" + START)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")  # Jupyter refuses root without it, and many containers have no other user
    return options


def run_tests(options):
    """In a process for each core, up to four: so each of them has one thread for its products. `-n 0`: in this one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    run([str(PYTHON), "-m", "pytest", "-n", str(min(cores, 4))] + options, OMP_NUM_THREADS="1")


def main(arguments):
    if sys.version_info < (3, 11):
        raise Stop("The course needs Python 3.11 or newer; this is Python {}.{}.".format(*sys.version_info[:2]))
    command, rest = (arguments or [""])[0], arguments[1:]
    if command in ("-h", "--help"):
        print(__doc__.strip())
    elif command == "lab":
        set_up()
        os.chdir(str(ROOT))
        run([str(PYTHON), "-m", "jupyterlab"] + lab_options() + rest)
    elif command == "test":
        set_up()
        os.chdir(str(ROOT))
        run_tests(rest)
    elif command in COMMANDS:
        set_up()
        run([str(PYTHON), "-m", "course_lib.cli", command] + rest)
    else:
        raise Stop((f"'{command}' is not a command of course.py.\n\n" if command else "") + __doc__.strip())


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Stop, OSError) as error:
        note(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        note("interrupted; type the same command to go on")
        sys.exit(130)
