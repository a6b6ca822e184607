"""Arrays that a layer takes: of one kind and one dtype, or a sentence."""

import sys
import types

import numpy as np
import pytest

from course_lib.arrays import ArrayError, floats, namespace


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_arrays_of_one_kind_share_their_functions(dtype):
    assert floats(x=np.zeros((2, 3), dtype), w=np.zeros(0, dtype)) is np


@pytest.mark.parametrize("value", [[1.0, 2.0], 3.0, None, "x"])
def test_what_is_no_array_is_named(value):
    with pytest.raises(ArrayError, match=f"x: a NumPy or CuPy array .* a {type(value).__name__} came; make it one"):
        floats(x=value)
    with pytest.raises(ArrayError, match="np.asarray"):
        namespace(value)


@pytest.mark.parametrize("dtype", ["i4", "f2", "c8", "?"])
def test_another_dtype_is_named(dtype):
    with pytest.raises(ArrayError, match=f"w is an array of {np.dtype(dtype)}; float32 or float64 is needed"):
        floats(x=np.zeros(2), w=np.zeros(2, dtype))


def test_two_dtypes_are_named():
    with pytest.raises(ArrayError, match="x is a numpy.ndarray of float64 and w is a numpy.ndarray of float32"):
        floats(x=np.zeros(2), w=np.zeros(2, "f4"))


def test_cupys_arrays_are_known_by_their_module_alone(monkeypatch):
    class Array:  # CuPy 14's have no __array_namespace__
        __module__, dtype = "cupy", np.dtype("f4")

    monkeypatch.setitem(sys.modules, "cupy", types.SimpleNamespace())
    assert floats(x=Array(), w=Array()) is namespace(Array()) is sys.modules["cupy"]
    with pytest.raises(ArrayError, match="x is a cupy.Array of float32 and w is a numpy.ndarray of float32"):
        floats(x=Array(), w=np.zeros(2, "f4"))
