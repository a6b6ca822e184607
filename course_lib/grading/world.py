"""A world of its own for each worker: its own processes, network, scratch folder and messages, all of them new.

bubblewrap made the machine around the fork server. Here the workers that come from that server are parted from each
other: none finds what another left, and all that one started ends with it. This takes rights that bubblewrap leaves the
fork server, and that a worker gives up before it runs an answer (confine.py).

Source: pid_namespaces(7), unshare(2), mount(2), netdevice(7).
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct

from course_lib.grading.confine import libc

MOUNTS, NAMES, MESSAGES, PROCESSES, NETWORK = 0x20000, 0x4000000, 0x8000000, 0x20000000, 0x40000000  # CLONE_NEW...
READ_ONLY, NO_SET_USER, NO_DEVICES, NO_PROGRAMS = 1, 2, 4, 8
PRIVATE_BELOW = 0x4000 | 0x40000
SET_FLAGS, UP = 0x8914, 1


def fork() -> int:
    """As os.fork; the child is the first process of a process namespace, and all others in it end with it.

    Raises OSError if this process may not make namespaces.
    """
    own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _call("unshare", PROCESSES)
        child = -1
        try:
            child = os.fork()
        finally:
            if child:  # the next one shall be in no namespace but its own
                _call("setns", own, PROCESSES)
        return child
    finally:
        os.close(own)


def enter(scratch: int, shared: int) -> None:
    """Make all else that a worker has for itself; bytes of /tmp and of /dev/shm. Raises OSError."""
    _call("unshare", MOUNTS | NAMES | MESSAGES | NETWORK)
    _call("mount", b"none", b"/", None, PRIVATE_BELOW, None)
    files = NO_SET_USER | NO_DEVICES
    _call("mount", b"tmpfs", b"/tmp", b"tmpfs", files, b"mode=1777,size=%d" % scratch)
    _call("mount", b"tmpfs", b"/dev/shm", b"tmpfs", files, b"mode=1777,size=%d" % shared)
    _call("mount", b"devpts", b"/dev/pts", b"devpts", NO_SET_USER | NO_PROGRAMS, b"mode=620,ptmxmode=666")
    _call("mount", b"proc", b"/proc", b"proc", files | NO_PROGRAMS | READ_ONLY, None)
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", UP))


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
