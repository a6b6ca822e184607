"""Operations and bytes of a network's nodes, counted from shapes."""

import pytest

from course_lib.nn.activations import ReLU
from course_lib.nn.batchnorm import BatchNorm
from course_lib.nn.convolution import Convolution
from course_lib.nn.count import count
from course_lib.nn.joins import Add, Flatten
from course_lib.nn.layer import LayerError
from course_lib.nn.linear import Linear
from course_lib.nn.net import Net
from course_lib.nn.networks.resnet import resnet
from course_lib.nn.work import Work, by_kind, work
from course_lib.shapes import conv_bytes, conv_flops, matmul_bytes, matmul_flops


def small():
    net = Net((3, 7, 5))
    first = net.chain("input", Convolution(4, 3, bias=None), BatchNorm(), ReLU())
    net.chain(net.add(Add(), first, first), Flatten(), Linear(11, bias=None))
    return net


@pytest.mark.parametrize(("batch", "itemsize"), [(1, 4), (13, 2)])
def test_every_kind_of_node_has_its_operations_and_bytes(batch, itemsize):
    rows = {row.kind: row for row in work(small(), batch, {"ReLU": 1, "BatchNorm": 9, "Add": 1}, itemsize)}
    x, w, y = (batch, 3, 7, 5), (4, 3, 3, 3), (batch, 4, 5, 3)
    numbers = batch * 60
    assert rows["Convolution"][2:] == (conv_flops(y, w), conv_bytes(x, w, y, itemsize))
    assert rows["BatchNorm"][2:] == (9 * numbers, itemsize * (2 * numbers + 8))
    assert rows["ReLU"][2:] == (numbers, itemsize * 2 * numbers)
    assert rows["Add"][2:] == (numbers, itemsize * 3 * numbers)
    assert rows["Linear"][2:] == (matmul_flops(batch, 11, 60), matmul_bytes(batch, 11, 60, itemsize, itemsize))
    assert "Flatten" not in rows


def test_a_kind_that_is_not_named_makes_no_operations():
    assert {row.operations for row in work(small(), 1, {}) if row.kind in ("ReLU", "BatchNorm", "Add")} == {0}


def test_the_products_of_a_resnet_are_those_that_count_counts():
    net = resnet(50)
    products = sum(row.operations for row in work(net, 3, {}))
    assert products == 2 * 3 * count(net).macs


def test_memory_or_arithmetic_decides_about_the_time():
    assert Work("a", "ReLU", 8, 100).seconds(peak=8, bandwidth=10) == 10
    assert Work("a", "Convolution", 800, 100).seconds(peak=8, bandwidth=10) == 100


def test_a_batch_that_is_no_number_is_refused_in_words():
    with pytest.raises(LayerError, match="batch"):
        work(small(), 0, {})


def test_sums_by_kind_lose_nothing():
    rows = work(small(), 2, {})
    sums = by_kind(rows, lambda row: row.bytes, ("Add", "ReLU", "LRN"))
    assert list(sums) == ["Add", "ReLU", "LRN", "rest"] and sums["LRN"] == 0
    assert sum(sums.values()) == sum(row.bytes for row in rows)
    assert sums["Add"] == next(row.bytes for row in rows if row.kind == "Add")
