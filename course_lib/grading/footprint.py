"""What a process and all that it started use, and which of them are left over: read from /proc (Linux)."""

import os
from typing import NamedTuple

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def of_tree(root: int, most: int) -> int:
    """Bytes of the process `root` and its descendants.

    Pages that forked processes share are counted once, where it matters: a quick sum counts them for each, and only if
    that is above `most` is every process asked for its proportional share, Pss.
    """
    seen = _processes()
    tree = [root, *_below(root, seen)]
    total = sum(seen[process].resident for process in tree if process in seen)
    return total if total <= most else sum(_share(process, seen) for process in tree if process in seen)


def strays(parent: int, spared: list[int], dead: bool = False) -> list[int]:
    """The descendants of `parent` in other sessions than its own, but for the processes `spared` and theirs.

    dead: also those that have ended, and whose parent has not asked how
    """
    seen = _processes()
    kept = {process for root in spared for process in [root, *_below(root, seen)]}
    own = seen[parent].session
    others = [each for each in _below(parent, seen) if each not in kept and seen[each].session != own]
    return [each for each in others if dead or seen[each].living]


class _Process(NamedTuple):
    parent: int
    session: int
    resident: int  # bytes
    living: bool  # else it has ended, and its parent has not asked how


def _processes() -> dict[int, _Process]:
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue  # it has ended
        found[int(name)] = _Process(int(fields[1]), int(fields[3]), int(fields[21]) * PAGE, fields[0] != b"Z")
    return found


def _below(root: int, seen: dict[int, _Process]) -> list[int]:
    children = {}
    for number, process in seen.items():
        children.setdefault(process.parent, []).append(number)
    found, waiting = [], list(children.get(root, []))
    while waiting:
        process = waiting.pop()
        found.append(process)
        waiting += children.get(process, [])
    return found


def _share(process: int, seen: dict[int, _Process]) -> int:
    """Its Pss; all that is resident if that is hidden from us, for a process can hide it."""
    try:
        with open(f"/proc/{process}/smaps_rollup", "rb") as file:
            return sum(int(line.split()[1]) << 10 for line in file if line.startswith(b"Pss:"))
    except (ProcessLookupError, FileNotFoundError):
        return 0  # it has ended
    except OSError:
        return seen[process].resident
