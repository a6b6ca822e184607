"""How much memory a process and all that it started use, read from /proc (Linux)."""

import os


def of_tree(root: int, most: int) -> int:
    """Bytes of the process `root` and its descendants.

    Pages that forked processes share are counted once, where it matters: a quick sum counts them for each, and only if
    that is above `most` is every process asked for its proportional share, Pss.
    """
    children, quick = {}, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue  # it has ended
        children.setdefault(int(fields[1]), []).append(int(name))
        quick[int(name)] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    tree, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        tree.append(process)
        waiting += children.get(process, [])
    total = sum(quick.get(process, 0) for process in tree)
    return total if total <= most else sum(map(_share, tree))


def _share(process: int) -> int:
    try:
        with open(f"/proc/{process}/smaps_rollup", "rb") as file:
            return sum(int(line.split()[1]) << 10 for line in file if line.startswith(b"Pss:"))
    except OSError:
        return 0
