"""What a kernel says with printf: shown after the launch in the order of the blocks, however many cores ran them.

printf.h adds to an array of the module, of which the first 8 bytes count what was added: {block, bytes, text} …
"""

import struct
import sys

from course_lib.gpu.glass.ptx import PRINT_LIMIT, PRINTED

HEADER = struct.Struct("<QI")


def show(arrays: dict, aloud: bool = True) -> None:
    """Write to sys.stdout what a launch printed, or only forget it. arrays: of its module, by name."""
    if PRINTED not in arrays:
        return
    memory = arrays[PRINTED].bytes
    added = int.from_bytes(memory[:8].tobytes(), "little")
    end = min(8 + added, memory.size)
    records, at, raw = [], 8, memory[:end].tobytes()
    while at + HEADER.size <= end:
        block, size = HEADER.unpack_from(raw, at)
        at += HEADER.size + size
        if size == 0 or at > end:  # the first that found no room
            break
        records.append((block, raw[at - size : at].decode(errors="replace")))
    memory[:end] = 0
    if not aloud:
        return
    sys.stdout.write("".join(text for _, text in sorted(records, key=lambda record: record[0])))
    if added > PRINT_LIMIT:
        sys.stdout.write(f"\n(the kernel printed more than {PRINT_LIMIT >> 20} MB: the rest is not shown)\n")
