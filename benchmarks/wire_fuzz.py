"""Damaged frames for the reader of course_lib/grading/wire.py: it may give plain data or raise WireError, nothing else.

    python benchmarks/wire_fuzz.py --seconds 60
    python benchmarks/wire_fuzz.py --frames 50000000 --seed 7

Three kinds of damage, in turns: bytes of a valid frame are changed, cut or repeated; a node of its tree is replaced,
moved or mislabelled, so that it is still JSON; and words that the reader knows are strung together. One frame in
sixteen comes through a pipe, with a header that is damaged too.

The same seed gives the same frames. Prints at the end, or when it is interrupted, how many there were, how many still
were values, the slowest (processor time), and everything that was no WireError; the exit status is 0 if there was none.
"""

import argparse
import itertools
import json
import os
import random
import sys
import time
from collections import Counter

import numpy as np

from course_lib.grading import wire
from course_lib.grading.names import Opaque

WORDS = [b'"t"', b'"v"', b'"list"', b'"tuple"', b'"dict"', b'"array"', b'"scalar"', b'"opaque"', b'"kind"', b'"shape"']
WORDS += [
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"null",
    b"true",
    b"-1",
    b"0",
    b"2",
    b"1e999",
    b"NaN",
    b"9" * 30,
    b'"<f4"',
]
WORDS += [b'"|b1"', b'"<c16"', b'"O"', b'"\\ud800"', b"\xff", b"\x00", b"1" * 5000, b'{"t":"list","v":[' * 30]
ODD = [None, True, -1, 0, 3, 2**31, 2**5000, 1e308, float("nan"), "", "x", "|O", "<f4", "|b1", [], {}, [[]], [1, 2]]
LABELS = ["list", "tuple", "dict", "array", "scalar", "opaque", "set", "", None, 3, ["list"]]
PLAIN = (type(None), bool, int, float, str, np.ndarray, np.generic, Opaque)


def seeds(chance: random.Random, count: int = 300) -> list[bytes]:
    """Valid frames of many kinds of values."""
    kinds = sorted(wire.KINDS)

    def value(depth):
        pick = chance.randrange(10 if depth < 3 else 6)
        if pick == 0:
            return chance.choice([None, True, False, "", "text", "“ä”", 0, -(2**80), 0.5, float("inf")])
        if pick in (1, 2):
            shape = [chance.randrange(4) for _ in range(chance.randrange(4))]
            return np.ones(shape, chance.choice(kinds))
        if pick in (3, 4, 5):
            return chance.choice([chance.randrange(-9, 99), chance.random(), np.float32(1.5), Opaque("model")])
        items = [value(depth + 1) for _ in range(chance.randrange(4))]
        return chance.choice([list, tuple, lambda found: dict(enumerate(found))])(items)

    return [wire.encode({"id": number, "came": value(0)}) for number in range(count)]


def parts(frame: bytes) -> tuple[bytes, bytes]:
    text = wire.HEADER.unpack(frame[: wire.HEADER.size])[1]
    return frame[wire.HEADER.size :][:text], frame[wire.HEADER.size + text :]


def with_other_bytes(chance: random.Random, content: bytes) -> bytes:
    found = bytearray(content)
    for _ in range(chance.randint(1, 5)):
        at, span = chance.randrange(len(found) + 1), chance.randint(0, 4)
        new = chance.choice((bytes([chance.randrange(256)]), chance.choice(WORDS), bytes(found[at : at + 9]), b""))
        found[at : at + span] = new
    return bytes(found)


def with_another_node(chance: random.Random, text: bytes) -> bytes:
    tree = json.loads(text)
    nodes = [(None, None)]  # (what holds a node, where in it)
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        held = node.items() if type(node) is dict else enumerate(node) if type(node) is list else ()
        for where, inner in held:
            nodes.append((node, where))
            waiting.append(inner)
    for _ in range(chance.randint(1, 3)):
        holder, where = chance.choice(nodes)
        if holder is None:
            tree = {"t": chance.choice(LABELS), "v": tree} if chance.random() < 0.5 else chance.choice(ODD)
        elif where == "t":
            holder[where] = chance.choice(LABELS)
        elif chance.random() < 0.3 and type(holder) is dict:
            holder.pop(where, None)
        elif chance.random() < 0.3:
            other, there = chance.choice(nodes[1:])
            came = other.get(there) if type(other) is dict else other[there]
            holder[where] = json.loads(json.dumps(came))
        else:
            holder[where] = chance.choice(ODD)
    return json.dumps(tree).encode()


def damaged(chance: random.Random, corpus: list[tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
    """The JSON and the array bytes of a frame that is not as it was."""
    text, data = chance.choice(corpus)
    how = chance.randrange(10)
    if how < 6:
        text = with_other_bytes(chance, text)
    elif how < 9:
        text = with_another_node(chance, text)
    else:
        text = b"".join(chance.choices(WORDS, k=chance.randint(1, 12)))
    if how % 3 == 0:
        data = with_other_bytes(chance, data)[: chance.choice((None, chance.randrange(len(data) + 1)))]
    return text, data


def through_a_pipe(chance: random.Random, text: bytes, data: bytes):
    """What wire.receive makes of it, with a header that may be damaged and bytes that may be missing."""
    header = wire.HEADER.pack(wire.MAGIC, len(text), len(data))
    if chance.random() < 0.3:
        header = with_other_bytes(chance, header)
    read, write = os.pipe()
    try:
        os.write(write, (header + text + data)[: 1 << 16])
        os.close(write)
        return wire.receive(read, time.monotonic() + 5)
    finally:
        os.close(read)


def check_plain(value) -> None:
    """Raise TypeError if there is anything in a value but plain data."""
    if type(value) in (list, tuple):
        for item in value:
            check_plain(item)
    elif type(value) is dict:
        for key, item in value.items():
            check_plain(key)
            check_plain(item)
    elif not isinstance(value, PLAIN):
        raise TypeError(f"a {type(value).__name__} came out")


def fuzz(seed: int, frames: float, seconds: float = float("inf")) -> dict:
    """Until so many frames were read or so many seconds are over.

    frames, values (of those: how many were no error), slowest (seconds), faults: {text: how often}
    """
    chance = random.Random(seed)
    corpus = [parts(frame) for frame in seeds(chance)]
    values, slowest, faults, began = 0, 0.0, Counter(), time.monotonic()
    number = 0
    for number in itertools.count():
        if number >= frames or number % 256 == 0 and time.monotonic() - began > seconds:
            break
        start = time.thread_time()
        try:
            text, data = damaged(chance, corpus)
            start = time.thread_time()
            came = through_a_pipe(chance, text, data) if number % 16 == 0 else wire.decode(text, data)
            slowest = max(slowest, time.thread_time() - start)
            check_plain(came)
            values += 1
        except wire.WireError:
            slowest = max(slowest, time.thread_time() - start)
        except KeyboardInterrupt:
            break
        except BaseException as error:  # noqa: BLE001  this is what is looked for
            faults[f"{type(error).__name__}: {error}; frame {number}: {text[:200]!r}, {data[:50]!r}"] += 1
    return {"frames": number, "values": values, "slowest": slowest, "faults": faults}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=float("inf"))
    options.add_argument("--frames", type=float, default=float("inf"))
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    if given.seconds == given.frames == float("inf"):
        given.seconds = 60
    began = time.monotonic()
    came = fuzz(given.seed, given.frames, given.seconds)
    took = time.monotonic() - began
    print(f"seed {given.seed}: {came['frames']:,} frames in {took:.0f} s, {came['values']:,} of them still values")
    print(f"slowest {1000 * came['slowest']:.1f} ms; other errors than WireError: {sum(came['faults'].values())}")
    for fault, count in came["faults"].most_common(20):
        print(f"  {count} x {fault}")
    return 1 if came["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
