"""What a process gives up for good before it runs a learner's code: its user, its limits, dangerous system calls.

It needs no privilege, but for the change of user, and no package: Linux's own calls through ctypes. What is refused
here is refused inside every sandbox, so that nothing can open a world of its own in which other limits hold, or speak
through a socket of a kind that all worlds share, as a virtual machine and its host do.
"""

import ctypes
import functools
import os
import platform
import struct

LIMITS = {  # of each process
    "RLIMIT_AS": 3 << 30,  # bytes of address space; what is really used is watched from outside (footprint.py)
    "RLIMIT_CPU": 120,  # seconds
    "RLIMIT_FSIZE": 64 << 20,  # bytes of a file
    "RLIMIT_NPROC": 64,  # of its user
    "RLIMIT_NOFILE": 256,
    "RLIMIT_CORE": 0,
}

# name -> number, on x86-64 and on 64-bit ARM
REFUSED = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "unshare": (272, 97),
    "setns": (308, 268),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "open_by_handle_at": (304, 265),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "pidfd_getfd": (438, 438),
    "mount_setattr": (442, 442),
}
ALONE = {  # refused too where processes have no world of their own: they could reach others of the same user
    "socket": (41, 198),
    "kill": (62, 129),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "setpriority": (141, 140),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "ioprio_set": (251, 30),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
}
LIMITS_OF = (302, 261)  # prlimit64: there, of the process itself only
SOCKET = (41, 198)
FAMILIES = (1, 2, 10, 16)  # of sockets that a world of its own has: local, IPv4, IPv6, and the kernel's on its network
CLONE, CLONE3 = (56, 220), (435, 435)
NEW_NAMESPACE = 0x7E020000  # flags of clone: a mount, cgroup, uts, ipc, user, process or network namespace
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # which of the two numbers; as seccomp names it
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_CAP_AMBIENT, SIGKILL = 1, 4, 36, 47, 9
PR_SET_KEEPCAPS, RAISE, CLEAR_ALL = 8, 2, 4  # the last two of PR_CAP_AMBIENT
CAPABILITY_VERSION, CAP_DAC_READ_SEARCH = 0x20080522, 2
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97


@functools.cache
def libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def become(user: int, reads_all: bool = False) -> None:
    """Be an unprivileged user of that number, and of no group but its own; 0 leaves it as it is. No right is kept.

    reads_all: but for the one to pass through every folder and read every file, for a Python that lies where only root
    may go. Only for where landlock.py bounds what can be opened: an answer may then ask how large a file is whose name
    it knows, and nothing more.

    Raises OSError. Source: capabilities(7), capset(2).
    """
    kept = 1 << CAP_DAC_READ_SEARCH if user and reads_all else 0
    if user:
        _control(PR_SET_KEEPCAPS, int(bool(kept)))
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    _control(PR_CAP_AMBIENT, CLEAR_ALL)
    if libc().capset(struct.pack("=Ii", CAPABILITY_VERSION, 0), struct.pack("=IIIIII", kept, kept, kept, 0, 0, 0)):
        raise OSError(ctypes.get_errno(), "rights cannot be given up")
    if kept:
        _control(PR_CAP_AMBIENT, RAISE, ctypes.c_ulong(CAP_DAC_READ_SEARCH))


def show_memory(shown: bool) -> None:
    """Whether other processes of this user may look into this one."""
    _control(PR_SET_DUMPABLE, int(shown))


def limit() -> None:
    """Set LIMITS, none of which can be raised again."""
    import resource  # Windows has none, and imports this file when all files are

    for name, most in LIMITS.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def die_with_parent() -> None:
    """End when the process that started this one ends. It holds until the user is changed or a program is executed."""
    _control(PR_SET_PDEATHSIG, SIGKILL)


def adopt_orphans() -> None:
    """Be the parent of every descendant whose own parent has ended."""
    _control(PR_SET_CHILD_SUBREAPER, 1)


def refuse_calls(alone: bool = False) -> None:
    """From now on the calls of REFUSED fail, here and in every process that is started. Raises OSError if it cannot.

    Source: the kernel's Documentation/userspace-api/seccomp_filter.rst.
    """
    if platform.machine() not in MACHINES:
        if alone:
            raise OSError(f"system calls cannot be refused on a {platform.machine()}")
        return  # the sandbox itself holds without it
    column, machine = MACHINES[platform.machine()]
    numbers = [both[column] for both in [*REFUSED.values(), *(ALONE.values() if alone else ())]]
    program = _load(4) + _unless(machine, _fail(EPERM)) + _load(0)
    if column == 0:
        program += _instruction(0x35, 0, 1, 0x40000000) + _fail(EPERM)  # numbers of another calling convention
    for number in numbers:
        program += _if(number, _fail(EPERM))
    families = b"".join(_if(family, ALLOW) for family in FAMILIES)
    program += _if(SOCKET[column], _load(16) + families + _fail(EAFNOSUPPORT))
    if alone:
        program += _if(LIMITS_OF[column], _load(16) + _if(0, ALLOW) + _fail(EPERM))
    program += _if(CLONE3[column], _fail(ENOSYS))  # its flags lie in memory; the C library then uses clone
    program += _if(CLONE[column], _load(16) + _instruction(0x45, 0, 1, NEW_NAMESPACE) + _fail(EPERM) + _load(0))
    program += ALLOW  # all else
    text = ctypes.create_string_buffer(program, len(program))
    whole = struct.pack("@HP", len(program) // 8, ctypes.addressof(text))
    _control(PR_SET_NO_NEW_PRIVS, 1)
    _control(PR_SET_SECCOMP, FILTER, ctypes.c_char_p(whole))


def _instruction(code: int, then: int, otherwise: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)


ALLOW = _instruction(0x06, 0, 0, 0x7FFF0000)


def _load(offset: int) -> bytes:
    """A word of what is known of the call: 0 its number, 4 the machine, 16 its first argument."""
    return _instruction(0x20, 0, 0, offset)


def _fail(error: int) -> bytes:
    return _instruction(0x06, 0, 0, 0x00050000 | error)


def _if(value: int, then: bytes) -> bytes:
    return _instruction(0x15, 0, len(then) // 8, value) + then


def _unless(value: int, then: bytes) -> bytes:
    return _instruction(0x15, len(then) // 8, 0, value) + then


def _control(option: int, value, more=0) -> None:
    if libc().prctl(option, ctypes.c_ulong(value), more or ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)):
        raise OSError(ctypes.get_errno(), f"prctl {option} was refused: {os.strerror(ctypes.get_errno())}")
