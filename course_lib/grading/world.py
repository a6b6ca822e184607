"""A world of its own for each worker: its own processes, network, scratch folder and messages, all of them new.

bubblewrap made the machine around the fork server. Here the workers that come from that server are parted from each
other: none finds what another left, and all that one started ends with it. This takes rights that bubblewrap leaves the
fork server, and that a worker gives up before it runs an answer (confine.py).

Source: pid_namespaces(7), unshare(2), mount(2), netdevice(7).
"""

import ctypes
import os
import signal
import socket
import struct

from course_lib.grading.confine import libc

MOUNTS, NAMES, MESSAGES, PROCESSES, NETWORK = 0x20000, 0x4000000, 0x8000000, 0x20000000, 0x40000000  # CLONE_NEW...
READ_ONLY, NO_SET_USER, NO_DEVICES, NO_PROGRAMS = 1, 2, 4, 8
BIND_BELOW, PRIVATE_BELOW = 0x1000 | 0x4000, 0x40000 | 0x4000
SET_FLAGS, UP = 0x8914, 1


def enter(scratch: int, shared: int, kept: list[str]) -> None:
    """Go on in a new process, the first of a new world; when it ends, so do all others there. Raises OSError.

    scratch, shared: bytes of /tmp and of /dev/shm
    kept: folders in /tmp that stay there, as a Python that is installed in it
    """
    import fcntl  # Windows has none, and imports this file when all files are

    _call("unshare", MOUNTS | NAMES | MESSAGES | PROCESSES | NETWORK)
    if os.fork():
        os._exit(0)
    _call("mount", b"none", b"/", None, PRIVATE_BELOW, None)
    files = NO_SET_USER | NO_DEVICES
    held = {path: os.open(path, os.O_PATH) for path in kept}
    _call("mount", b"tmpfs", b"/tmp", b"tmpfs", files, b"mode=1777,size=%d" % scratch)
    for path, handle in held.items():
        _make_folders(path)
        _call("mount", b"/proc/self/fd/%d" % handle, os.fsencode(path), None, BIND_BELOW, None)
        os.close(handle)
    _call("mount", b"tmpfs", b"/dev/shm", b"tmpfs", files, b"mode=1777,size=%d" % shared)
    _call("mount", b"devpts", b"/dev/pts", b"devpts", NO_SET_USER | NO_PROGRAMS, b"mode=620,ptmxmode=666")
    _call("mount", b"proc", b"/proc", b"proc", files | NO_PROGRAMS | READ_ONLY, None)
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", UP))


def _make_folders(path: str) -> None:
    before = os.umask(0o022)
    os.makedirs(path, exist_ok=True)
    os.umask(before)


def guard(worker: int) -> None:
    """Be the first process of the namespace until `worker` ends, and end then, and with it all that is left."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    while os.wait()[0] != worker:
        pass
    os._exit(0)


def _call(name: str, *arguments) -> None:
    """A call of the C library. Numbers as unsigned long. Raises OSError."""
    given = [ctypes.c_ulong(each) if isinstance(each, int) and name == "mount" else each for each in arguments]
    if getattr(libc(), name)(*given):
        raise OSError(ctypes.get_errno(), f"{name} was refused: {os.strerror(ctypes.get_errno())}")
