"""What CuPy 14 has and refuses, as far as array functions need it, over NumPy's arrays: for machines without a GPU.

An array of it never becomes NumPy's by itself, meets no array of NumPy's, gives arrays without axes where NumPy gives
numbers, and has no __array_namespace__. Functions are those that the library uses, with the arguments that CuPy has.
"""

import functools
import types

import numpy as np

METHODS = "all any argmax argmin astype copy fill max mean min prod ravel repeat reshape sum swapaxes transpose var"
NUMBERS = "T dtype flags itemsize nbytes ndim shape size strides"
OPERATORS = "add sub mul truediv floordiv mod pow matmul and or xor lt le eq ne gt ge"
FUNCTIONS = {  # what CuPy calls them -> the arguments that it knows by name
    "arange empty zeros ones zeros_like empty_like": ("dtype", "shape"),
    "exp log sqrt tanh floor abs isfinite isnan conj maximum minimum matmul": ("out",),
    "ascontiguousarray broadcast_to clip einsum nonzero pad where concatenate stack": (),
    "linalg.eigh lib.stride_tricks.as_strided": (),
    "fft.rfft2 fft.irfft2": ("axes",),
}


class Refused(TypeError):
    """What CuPy refuses."""


class ndarray:
    """An array on a GPU that is not there."""

    __module__, __array_ufunc__, __hash__ = "cupy", None, None

    def __init__(self, host):
        self._host = host

    def __array__(self, *_, **__):
        raise Refused("Implicit conversion to a NumPy array is not allowed")

    def get(self):
        return self._host.copy()

    def __len__(self):
        return len(self._host)

    def __bool__(self):
        return bool(self._host)

    def __float__(self):
        return float(self._host)

    def __int__(self):
        return int(self._host)

    def __index__(self):
        raise Refused("an array on a GPU is no index of a list")

    def __getitem__(self, place):
        return ndarray(np.asarray(self._host[host(place)]))

    def __setitem__(self, place, value):
        self._host[host(place)] = host(value)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __neg__(self):
        return ndarray(np.asarray(-self._host))

    def __abs__(self):
        return ndarray(np.asarray(abs(self._host)))

    def __invert__(self):
        return ndarray(np.asarray(~self._host))


def host(value):
    """As NumPy takes it. Raises Refused for an array of NumPy's, alone or inside."""
    if isinstance(value, ndarray):
        return value._host
    if isinstance(value, (tuple, list)):
        return type(value)(map(host, value))
    if isinstance(value, np.ndarray):
        raise Refused(f"Unsupported type {type(value)}")
    return value


def device(value):
    if isinstance(value, (tuple, list)):
        return [*map(device, value)] if isinstance(value, list) else (*map(device, value),)
    return ndarray(np.asarray(value)) if isinstance(value, (np.ndarray, np.generic)) else value


def _method(name):
    return lambda self, *given, **named: device(getattr(self._host, name)(*map(host, given), **named))


def _in_place(name):
    def method(self, other):
        getattr(self._host, f"__i{name}__")(host(other))
        return self

    return method


def _function(name, named, function):
    def call(*given, out=None, **rest):
        assert set(rest) <= set(named) and (out is None or "out" in named), f"cupy.{name} knows {named}, not {rest}"
        given = tuple(map(host, given))
        if out is not None:
            function(*given, out=out._host, **rest)
            return out
        return device(function(*given, **rest))

    return call


for _name in METHODS.split():
    setattr(ndarray, _name, _method(_name))
for _name in NUMBERS.split():
    setattr(ndarray, _name, property(lambda self, name=_name: device(getattr(self._host, name))))
for _name in OPERATORS.split():
    setattr(ndarray, f"__{_name}__", _method(f"__{_name}__"))
    if not hasattr(np.ndarray, f"__r{_name}__"):
        continue
    setattr(ndarray, f"__r{_name}__", _method(f"__r{_name}__"))
    setattr(ndarray, f"__i{_name}__", _in_place(_name))


def _asarray(values, dtype=None):
    if isinstance(values, ndarray):
        return ndarray(np.asarray(values._host, dtype))
    return ndarray(np.array(values, dtype))  # moved to the GPU


module = types.ModuleType("cupy")
module.ndarray, module.inf, module.asarray = ndarray, np.inf, _asarray
module.linalg, module.fft, module.lib = (types.SimpleNamespace() for _ in range(3))
module.lib.stride_tricks = types.SimpleNamespace()
for _names, _named in FUNCTIONS.items():
    for _name in _names.split():
        *_path, _last = _name.split(".")
        _find = functools.partial(functools.reduce, getattr, _path)
        setattr(_find(module), _last, _function(_name, _named, getattr(_find(np), _last)))
