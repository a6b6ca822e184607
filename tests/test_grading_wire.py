"""Plain data over a pipe: what goes in comes out, and no bytes of a stranger do anything but raise WireError."""

import importlib.util
import json
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from course_lib.grading import wire
from course_lib.grading.names import Opaque
from course_lib.grading.wire import WireError

FUZZ = Path(__file__).parents[1] / "benchmarks" / "wire_fuzz.py"


def through(value):
    frame = wire.encode(value)
    _, text, _ = wire.HEADER.unpack(frame[: wire.HEADER.size])
    body = frame[wire.HEADER.size :]
    return wire.decode(body[:text], body[text:])


def same(a, b):
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and repr(a) == repr(b)


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 0, -(2**4095), 0.1, float("inf"), float("nan"), "", "“ä”\ud800", [], (), {}),
        *(np.float32(1.5), np.int64(-3), np.bool_(True)),
        [1, (2.0, "x", [None])],
        {"a": 1, 2: (3,), (4, 5): [np.ones(2)]},
        *(np.zeros(shape, "f4") for shape in [(), (0,), (1,), (3, 0, 2), (13, 17)]),
        *(np.arange(6).astype(kind).reshape(2, 3) for kind in sorted(wire.KINDS)),
        [np.arange(3.0), np.arange(7, dtype="i2")],
    ],
)
def test_plain_data_comes_out_as_it_went_in(value):
    came = through(value)
    assert same(list(value.items()), list(came.items())) if isinstance(value, dict) else same(value, came)


def test_arrays_that_do_not_lie_in_one_piece_come_out_the_same():
    x = np.arange(24.0).reshape(4, 6)
    for odd in (x.T, x[::2, ::3], x[::-1]):
        assert np.array_equal(through(odd), odd) and through(odd).flags.c_contiguous


@pytest.mark.parametrize(
    ("value", "kind"),
    [(2**5000, "int"), (object(), "object"), (b"x", "bytes"), ({1}, "set"), (np.array(["x"]), "<U1 array")],
)
def test_what_is_no_plain_data_is_only_named(value, kind):
    came = through([value, Opaque("model")])
    assert [type(each) for each in came] == [Opaque, Opaque] and [each.type for each in came] == [kind, "model"]


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [nested(30), nested(900), [0] * 200_001, np.zeros(9 << 20), "x" * (17 << 20)])
def test_too_much_is_refused_by_its_sender(value):
    with pytest.raises(WireError):
        wire.encode(value)


def array(**changed):
    return {"t": "array", "kind": "<f4", "shape": [2], **changed}


@pytest.mark.parametrize(
    "tree",
    [
        *(array(kind=kind) for kind in ("O", "|O", "<U4", "V8", ">f4", "<M8[s]", "<f16", 3, None, ["<f4"], "f4,f4")),
        *(array(shape=shape) for shape in (None, 2, [-1], [3], [2.0], [True, 2, "x"], [1] * 17, [2**70], [2**40, 0])),
        *(
            {"t": kind, "v": inner}
            for kind in ("list", "tuple", "dict")
            for inner in (None, 3, "x", {}, [[1]] * 0 + [[]])
        ),
        *({"t": "dict", "v": [[{"t": kind, "v": []}, 1]]} for kind in ("list", "dict")),
        *({"t": kind, "v": []} for kind in ("set", "object", "py/object", "bytes", None, 3, ["list"])),
        *({"t": "scalar", "v": inner} for inner in (1, None, array(), {"t": "opaque", "v": "x"})),
        *({"t": "opaque", "v": inner} for inner in (None, 3, ["x"])),
        *([1], {}, {"v": 1}, {"__class__": "x"}, 2**5000),
    ],
)
def test_a_tree_of_no_known_kind_is_refused(tree):
    with pytest.raises(WireError):
        wire.decode(json.dumps(tree).encode(), bytes(8))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 10**5,
        b'{"t":"list","v":[' * 40,
        b"1" * 5000,
        b"NaN1",
        b'{"t":"list","v":[' + b"1," * 10,
    ],
)
def test_what_is_no_json_is_refused(text):
    with pytest.raises(WireError):
        wire.decode(text, b"")


def test_bytes_that_belong_to_no_array_are_refused_and_those_of_two_are_not_shared():
    with pytest.raises(WireError, match="left over"):
        wire.decode(b"1", bytes(4))
    with pytest.raises(WireError, match="too few"):
        wire.decode(json.dumps({"t": "list", "v": [array(), array()]}).encode(), bytes(8))


def test_a_truth_value_is_true_or_false():
    came = wire.decode(json.dumps(array(kind="|b1", shape=[3])).encode(), bytes([0, 1, 7]))
    assert came.view("u1").tolist() == [0, 1, 1]


@pytest.mark.parametrize("header", [b"GLW2" + bytes(8), wire.HEADER.pack(wire.MAGIC, 2**32 - 1, 0), b"short"])
def test_a_stream_that_is_no_frame_is_refused(header):
    read, write = os.pipe()
    os.write(write, header)
    os.close(write)
    with pytest.raises(WireError):
        wire.receive(read, time.monotonic() + 5)
    os.close(read)


def test_a_frame_larger_than_a_pipe_gets_through_and_a_silent_one_is_too_late():
    read, write = os.pipe()
    os.set_blocking(write, False)
    value = np.arange(10**6)
    sender = threading.Thread(target=wire.send, args=(write, wire.encode(value), time.monotonic() + 20))
    sender.start()
    assert np.array_equal(wire.receive(read, time.monotonic() + 20), value)
    sender.join()
    with pytest.raises(wire.TooLate):
        wire.receive(read, time.monotonic() + 0.05)
    with pytest.raises(wire.TooLate):
        wire.send(write, wire.encode(value), time.monotonic() + 0.05)
    os.close(read)
    with pytest.raises(WireError, match="ended"):
        wire.send(write, wire.encode(1), time.monotonic() + 5)
    os.close(write)


def test_damaged_frames_are_values_or_refused():
    spec = importlib.util.spec_from_file_location("wire_fuzz", FUZZ)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    came = module.fuzz(seed=1, frames=20_000)
    assert not came["faults"] and came["frames"] == 20_000 and 200 < came["values"] < 10_000
