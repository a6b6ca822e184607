"""Landlock: a process keeps only some folders of the machine, for good, without any privilege.

The second best sandbox, where bubblewrap cannot run. Source: the kernel's Documentation/userspace-api/landlock.rst.
"""

import ctypes
import os
import struct

from course_lib.grading.confine import PR_SET_NO_NEW_PRIVS, libc

CREATE, ADD_RULE, RESTRICT = 444, 445, 446  # system calls, of the same number on every machine
VERSION, PATH_BENEATH = 1, 1
NEEDED = 4  # the first version that refuses connections
EXECUTE, WRITE, READ, LIST, TRUNCATE, IOCTL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
EVERYTHING = (1 << 15) - 1  # what can be done to files in version 3; version 5 adds IOCTL
CONNECT_AND_BIND, SIGNALS_AND_SOCKETS = 3, 3


def version() -> int:
    """Of Landlock in this kernel; 0 if it has none."""
    return max(libc().syscall(ctypes.c_long(CREATE), None, ctypes.c_size_t(0), ctypes.c_uint(VERSION)), 0)


def keep(read: list[str], write: list[str], names: list[str]) -> None:
    """Keep these paths and what is below them: to read, to write, or to see only what is called how there.

    Every other file, connection and outer process is lost.

    Raises OSError if the kernel cannot do it.
    """
    there = version()
    if there < NEEDED:
        raise OSError(f"Landlock {NEEDED} is needed, and this kernel has {there}")
    everything = EVERYTHING | (IOCTL if there >= 5 else 0)
    rules = struct.pack("=QQQ", everything, CONNECT_AND_BIND, SIGNALS_AND_SOCKETS)[: 24 if there >= 6 else 16]
    handle = _call(CREATE, rules, ctypes.c_size_t(len(rules)), ctypes.c_uint(0))
    for paths, rights in ((read, EXECUTE | READ | LIST), (write, everything & ~IOCTL), (names, LIST)):
        for path in filter(os.path.exists, paths):
            below = os.open(path, os.O_PATH | os.O_CLOEXEC)
            allowed = rights if os.path.isdir(path) else rights & (EXECUTE | WRITE | READ | TRUNCATE)
            rule = struct.pack("=Qi", allowed, below)
            _call(ADD_RULE, ctypes.c_int(handle), ctypes.c_int(PATH_BENEATH), rule, ctypes.c_uint(0))
            os.close(below)
    one, nothing = ctypes.c_ulong(1), ctypes.c_ulong(0)
    libc().prctl(PR_SET_NO_NEW_PRIVS, one, nothing, nothing, nothing)
    _call(RESTRICT, ctypes.c_int(handle), ctypes.c_uint(0))
    os.close(handle)


def _call(number: int, *arguments) -> int:
    came = libc().syscall(ctypes.c_long(number), *arguments)
    if came < 0:
        raise OSError(ctypes.get_errno(), f"Landlock: {os.strerror(ctypes.get_errno())}")
    return came
