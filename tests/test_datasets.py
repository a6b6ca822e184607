"""The digits: shapes, scale, and a split that can be repeated."""

import gzip
import hashlib

import numpy as np
import pytest

from course_lib.datasets import MNIST, DataError, File, digits, idx, mnist
from course_lib.errors import UserError


def test_digits_are_scaled_float32_rows_with_their_classes():
    split = digits()
    assert split.x_train.shape == (1347, 64) and split.x_test.shape == (450, 64)
    assert split.x_train.dtype == split.x_test.dtype == np.float32
    assert split.y_train.dtype == split.y_test.dtype == np.int64
    assert split.x_train.min() == 0 and split.x_train.max() == 1
    assert set(split.y_train) == set(split.y_test) == set(range(10))
    assert all(array.flags.c_contiguous for array in split)


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    assert all(np.array_equal(a, b) for a, b in zip(digits(seed=3), digits(seed=3), strict=True))
    assert not np.array_equal(digits(seed=3).y_test, digits(seed=4).y_test)


def test_no_digit_is_on_both_sides_and_none_is_lost():
    split, everything = digits(test=500), digits(test=1)
    both = np.vstack([split.x_train, split.x_test])
    again = np.vstack([everything.x_train, everything.x_test])
    assert np.array_equal(both[np.lexsort(both.T)], again[np.lexsort(again.T)])


@pytest.mark.parametrize("test", [0, -1, 1797, 5000, 4.5, "450"])
def test_a_split_with_an_empty_side_is_refused_in_one_sentence(test):
    with pytest.raises(DataError, match=f"test should be from 1 to 1796 of the 1797 digits; it is {test!r}."):
        digits(test=test)
    assert issubclass(DataError, UserError)


@pytest.mark.parametrize("seed", [-1, "one", 0.5])
def test_a_seed_that_is_none_is_refused_in_one_sentence(seed):
    with pytest.raises(DataError, match=f"seed should be a whole number from 0 on; it is {seed!r}."):
        digits(seed=seed)


def test_a_whole_number_of_numpy_is_one_here_too():
    assert len(digits(test=np.int64(7)).x_test) == 7


def small_mnist(folder, packed, seed=0):
    """Four files as MNIST's, of 7 and 3 pictures; their File for each name, and the arrays in them."""
    rng, files, arrays = np.random.default_rng(seed), {}, {}
    for name in MNIST:
        count = 7 if name.startswith("train") else 3
        shape = (count, 28, 28) if "images" in name else (count,)
        array = rng.integers(0, 256 if "images" in name else 10, shape).astype(np.uint8)
        head = bytes([0, 0, 8, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)
        content = head + array.tobytes()
        files[name], arrays[name] = File(len(content), hashlib.md5(content).hexdigest()), array
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)
    return files, arrays


@pytest.mark.parametrize("packed", [False, True])
def test_mnist_is_read_from_a_folder_packed_or_not(tmp_path, packed):
    files, arrays = small_mnist(tmp_path, packed)
    split = mnist(tmp_path, files)
    assert split.x_train.shape == (7, 784) and split.x_test.shape == (3, 784) and split.x_train.dtype == np.float32
    assert np.array_equal(np.rint(split.x_test * 255).reshape(3, 28, 28), arrays["t10k-images-idx3-ubyte"])
    assert np.array_equal(split.y_train, arrays["train-labels-idx1-ubyte"]) and split.y_train.dtype == np.int64
    assert split.x_train.max() <= 1


def test_the_sizes_of_mnist_are_those_of_its_shapes():
    for name, file in MNIST.items():
        count = 60_000 if name.startswith("train") else 10_000
        assert file.size == (16 + count * 784 if "images" in name else 8 + count) and len(file.md5) == 32


def test_an_absent_file_is_told_with_what_to_do(tmp_path):
    with pytest.raises(
        DataError, match=r"there is no train-images-idx3-ubyte \(or .*\.gz\) in .*; put .*or go on with"
    ):
        mnist(tmp_path)


def test_what_is_no_folder_or_no_file_is_told(tmp_path):
    name = "train-images-idx3-ubyte"
    with pytest.raises(DataError, match="the path of the folder where MNIST's four files lie; it is None"):
        mnist(None)
    (tmp_path / "a file").write_bytes(b"")
    with pytest.raises(DataError, match=f"there is no {name}"):
        mnist(str(tmp_path / "a file"))
    (tmp_path / name).mkdir()
    with pytest.raises(DataError, match=f"{name} cannot be read"):
        mnist(tmp_path)


def test_a_folder_may_be_named_from_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "mnist").mkdir()
    files, _ = small_mnist(tmp_path / "mnist", True)
    assert len(mnist("~/mnist", files).x_train) == 7


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda content: content[:-1], "should have 15 bytes, but it has 14"),
        (lambda content: content[:-1] + bytes([99]), "is not the file that was published"),
    ],
)
def test_a_file_that_was_not_published_is_refused(tmp_path, spoil, said):
    files, _ = small_mnist(tmp_path, False)
    path = tmp_path / "train-labels-idx1-ubyte"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(DataError, match=said):
        mnist(tmp_path, files)


def test_a_file_that_does_not_unpack_is_refused(tmp_path):
    files, _ = small_mnist(tmp_path, True)
    path = tmp_path / "train-labels-idx1-ubyte.gz"
    for spoiled in (path.read_bytes()[:-9], b"no gzip at all"):
        path.write_bytes(spoiled)
        with pytest.raises(DataError, match="cannot be unpacked .*fetch it again"):
            mnist(tmp_path, files)


@pytest.mark.parametrize("shape", [(5,), (1, 1, 1), (2, 3), (0, 28, 28)])
def test_idx_files_have_any_shape(shape):
    array = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    head = bytes([0, 0, 8, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)
    assert np.array_equal(idx(head + array.tobytes()), array)
    with pytest.raises(DataError, match="should have .* bytes for the shape"):
        idx(head + array.tobytes() + b"\0")
    with pytest.raises(DataError, match="no idx file of bytes"):
        idx(b"\0\0\x0d" + head[3:])


@pytest.mark.parametrize("content", [None, 5, "train-images-idx3-ubyte"])
def test_what_is_no_content_of_a_file_is_told(content):
    with pytest.raises(DataError, match=r"is bytes, as Path\(...\).read_bytes\(\) gives; " + repr(content)):
        idx(content)
