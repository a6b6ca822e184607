"""Correct kernels that look suspicious (tests/bugs/suspicious_*.cu): how each is launched and what it computes."""

import numpy as np
from bug_launches import RNG, Empty, Launch, i32, whole, zeros


def integers(*shape, low=-50, high=50, seed=0):
    return RNG(seed).integers(low, high, shape, dtype=np.int32)


def counters(count, dtype=np.int32):
    return np.zeros(count, dtype)


def one_flag():
    return Launch((4,), (256,), [whole(1000), *i32(1000), counters(1)], {2: [1]})


def last_block():
    x, ticket = integers(1000), counters(1, np.uint32)
    return Launch((4,), (256,), [x, *i32(1000), Empty(4, np.int32), ticket, Empty(1, np.int32)], {4: [(x > 0).sum()]})


def under_a_lock():
    x = integers(6)
    return Launch((6,), (64,), [x, counters(1), counters(1), counters(1)], {2: [x.sum()], 3: [max(0, x.max())]})


def chain():
    x = integers(4, 64)
    args = [x, Empty((4, 64), np.int32), counters(4), counters(1, np.uint32)]
    return Launch((4,), (64,), args, {1: np.cumsum(x, 0), 2: [1] * 4})


def any_order():
    x, bits = integers(700), np.zeros(256, bool)
    bits[x & 255] = True
    packed = np.packbits(bits, bitorder="little").view(np.uint32)
    args = [x, *i32(700), counters(1), counters(1), counters(8, np.uint32)]
    return Launch((3,), (256,), args, {2: [x.sum()], 3: [x.min()], 4: packed})


def largest_float():
    x = RNG(0).uniform(0, 9, 1000).astype(np.float32)
    return Launch((2,), (256,), [x, *i32(1000), zeros(1)], {2: [x.max()]})


def own_counter():
    x = integers(700)
    found = np.array([(part > 0).sum() for part in np.split(x, [256, 512])])
    return Launch((3,), (256,), [x, *i32(700), counters(3), Empty(3, np.int32)], {2: found, 3: 2 * found})


def in_place():
    x = whole(1000)
    return Launch((2,), (256,), [x, *i32(1000)], {0: 4 * x + 3})


def bytes_of_a_word():
    x = whole(1001)
    return Launch((8,), (129,), [x, *i32(1001), Empty(1001, np.uint8)], {2: x > 0})


def two_arrays():
    x = whole(1000)
    p = np.pad(x, 1, "edge")
    return Launch((4,), (256,), [x, Empty(1000), *i32(1000)], {1: p[:-2] + x + p[2:]})


def work_queue():
    x = whole(1000)
    return Launch((3,), (128,), [x, Empty(1000), *i32(1000), counters(1)], {1: x * x})


def own_chunk():
    x = whole(502)
    rows = np.cumsum(np.pad(x, (0, 3)).reshape(-1, 5), 1).ravel()[:502]
    return Launch((2,), (64,), [x, *i32(502)], {0: rows})


def negative_index():
    x = whole(300)
    return Launch((1,), (128,), [x, Empty(300), *i32(300)], {1: x[::-1]})


def halves():
    x = whole(301).astype(np.float16)
    return Launch((3,), (128,), [x, Empty(301, np.float16), *i32(301)], {1: x[::-1] + 1})


def own_bits():
    x = whole(500, low=1)
    return Launch((2,), (256,), [x, Empty(500, np.uint32), *i32(500)], {1: (-x).view(np.uint32)})


def second_use():
    x = whole(2, 256, low=0, high=99)
    expected = [np.bincount(row.astype(int) & 15, minlength=16) for row in x]
    return Launch((2,), (256,), [x, Empty((2, 16), np.int32)], {1: expected})


def carved():
    x = whole(100)
    return Launch((1,), (128,), [x, Empty(100), *i32(100)], {1: x[::-1]}, shared_mem=608)


def padded_rows():
    x = whole(50, 12)
    return Launch((2,), (32,), [x, Empty(50), *i32(50, 10, 12)], {1: x[:, :10].sum(1)})


def spare_column():
    x = whole(32, 32)
    return Launch((1,), (32, 8), [x, Empty((32, 32))], {1: x.T})


def one_barrier_a_step():
    x = whole(5, 256)
    return Launch((1,), (256,), [x, Empty(256), *i32(5)], {1: x.sum(0)[::-1]})


def own_copy():
    x = whole(5, 256)
    return Launch((1,), (256,), [x, Empty(256), *i32(5)], {1: x.sum(0)})


def filled_part():
    x = integers(300, low=1, high=10**6)
    return Launch((2,), (256,), [x, Empty(300, np.int32), *i32(300)], {1: [int(str(v)[::-1]) for v in x]})


def byte_columns():
    x = integers(1500)
    return Launch((2,), (256,), [x, *i32(1500), counters(16)], {2: np.bincount(x & 15, minlength=16)})


def uniform_branch():
    x = whole(256)
    return Launch((1,), (256,), [x, Empty(256), *i32(256, 1)], {1: x[::-1]})


def until_sorted():
    x = integers(90)
    return Launch((1,), (128,), [x, *i32(90)], {0: np.sort(x)}, shared_mem=360)


def warps_leave():
    x = integers(13, 32)
    return Launch((2,), (256,), [x, Empty(13, np.int32), *i32(13)], {1: x.sum(1)})


def block_leaves():
    x, active = whole(3, 128), np.array([1, 0, 1], np.int32)
    return Launch((3,), (128,), [x, zeros(3, 128), active], {1: x[:, ::-1] * active[:, None]})


def half_a_block():
    x = whole(256)
    return Launch((1,), (256,), [x, Empty(256)], {1: np.concatenate([x[127::-1], x[128:]])})


def meet_again():
    x = whole(64)
    return Launch((1,), (256,), [x, Empty(64)], {1: np.where(np.arange(64) % 3, -x, x)[::-1]})


def warp_tree():
    x = integers(4, 32)
    return Launch((1,), (128,), [x, Empty(4, np.int32)], {1: x.sum(1)})


def branch_of_warps():
    x = integers(4, 32)
    shifted = np.concatenate([x[:, :1], x[:, :-1]], 1)
    rows = np.arange(4)[:, None]
    return Launch((1,), (128,), [x, Empty((4, 32), np.int32)], {1: np.where(rows % 2, x[:, ::-1], shifted)})


def named_before():
    x = integers(32, low=1)
    first = x[x % 2 == 1][0]
    return Launch((1,), (32,), [x, Empty(32, np.int32)], {1: np.where(x % 2, first + 1000, -1)})


def tiles_of_eight():
    x = integers(8, 4, 8)
    pairs = x.reshape(8, 4, 4, 2)[..., ::-1].reshape(x.shape)
    expected = x[..., ::-1] + pairs
    expected[:, 2] = 0
    return Launch((1,), (256,), [x, np.zeros_like(x)], {1: expected})


def group_of_sixteen():
    x = integers(8, 16, low=0)
    args = [x, Empty((8, 16), np.int32), counters(1)]
    return Launch((1,), (128,), args, {1: x[:, -1:] + 0 * x, 2: [(x % 2).sum()]})


def one_for_many():
    x = integers(500, low=0, high=9)
    return Launch((2,), (256,), [x, *i32(500), counters(9)], {2: np.bincount(x, minlength=9)})


def lanes_part_and_meet():
    x, steps = np.arange(1, 33, dtype=np.int32), []
    for v in x.tolist():
        count = 0
        while v > 1:
            v, count = 3 * v + 1 if v % 2 else v // 2, count + 1
        steps.append(count)
    return Launch((1,), (32,), [x, Empty(32, np.int32)], {1: steps[::-1]})


def tensor_tile():
    A, B = whole(2, 16, 16), whole(16, 16, seed=1)
    args = [A.astype(np.float16), B.astype(np.float16), Empty((2, 256))]
    return Launch((1,), (64,), args, {2: (A @ B).reshape(2, 256)[:, ::-1]})


BLOCKS = (one_flag, last_block, under_a_lock, chain, any_order, largest_float, own_counter, in_place)
BLOCKS += (bytes_of_a_word, two_arrays, work_queue)
MEMORY = (own_chunk, negative_index, halves, own_bits, second_use, carved, padded_rows, spare_column)
MEMORY += (one_barrier_a_step, own_copy, filled_part, byte_columns)
BARRIERS = (uniform_branch, until_sorted, warps_leave, block_leaves, half_a_block, meet_again, warp_tree)
BARRIERS += (branch_of_warps, named_before, tiles_of_eight, group_of_sixteen, one_for_many, lanes_part_and_meet)
BARRIERS += (tensor_tile,)
SUSPICIOUS = {
    launch.__name__: (f"suspicious_{file}.cu", launch)
    for file, launches in {"blocks": BLOCKS, "memory": MEMORY, "barriers": BARRIERS}.items()
    for launch in launches
}
