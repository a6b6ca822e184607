"""More pictures from those there are: what moves, what stays, and that a seed decides it."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.nn.augment import (
    colour_noise,
    crops,
    enlarge,
    flips,
    principal_colours,
    shifts,
    ten_crops,
)
from course_lib.nn.layer import LayerError

X = np.random.default_rng(0).random((50, 3, 7, 5)).astype("f4")
COLOURS = principal_colours(X)


def rng(seed=0):
    return np.random.default_rng(seed)


RANDOM = {
    "shifts": lambda x, rng: shifts(x, rng, 2),
    "crops": lambda x, rng: crops(x, rng, 4),
    "flips": flips,
    "colour noise": lambda x, rng: colour_noise(x, rng, COLOURS),
}


@pytest.mark.parametrize("name", RANDOM)
def test_the_seed_decides_and_what_came_is_left_alone(name):
    change, before = RANDOM[name], X.copy()
    assert np.array_equal(change(X, rng(1)), change(X, rng(1)))
    assert not np.array_equal(change(X, rng(1)), change(X, rng(2)))
    assert change(X, rng()).dtype == X.dtype and np.array_equal(X, before)


def test_every_crop_is_a_part_of_its_image_and_every_place_occurs():
    places = set()
    for image, crop in zip(X, crops(X, rng(), 4), strict=True):
        found = [(r, s) for r in range(4) for s in range(2) if np.array_equal(image[:, r : r + 4, s : s + 4], crop)]
        assert len(found) == 1
        places.add(found[0])
    assert len(places) == 8
    assert np.array_equal(crops(X[:, :, :5], rng(), 5), X[:, :, :5])


def test_shifts_move_by_at_most_so_many_pixels_and_zeros_come_in():
    around = np.pad(X, ((0, 0), (0, 0), (1, 1), (1, 1)))
    places = set()
    for n, moved in enumerate(shifts(X, rng(), 1)):
        found = [
            (r, s) for r in range(3) for s in range(3) if np.array_equal(around[n, :, r : r + 7, s : s + 5], moved)
        ]
        assert len(found) == 1
        places.add(found[0])
    assert len(places) == 9 and np.array_equal(shifts(X, rng(), 0), X)


def test_about_half_of_the_images_are_mirrored():
    flipped = flips(X, rng())
    mirrored = [np.array_equal(y, x[..., ::-1]) for x, y in zip(X, flipped, strict=True)]
    same = [np.array_equal(y, x) for x, y in zip(X, flipped, strict=True)]
    assert all(a != b for a, b in zip(mirrored, same, strict=True)) and 15 < sum(mirrored) < 35


def test_ten_crops_are_corners_centre_and_their_mirror_images():
    ten = ten_crops(X, 3).reshape(50, 10, 3, 3, 3)
    for number, (r, s) in enumerate([(0, 0), (0, 2), (4, 0), (4, 2), (2, 1)]):
        assert np.array_equal(ten[:, number], X[:, :, r : r + 3, s : s + 3])
        assert np.array_equal(ten[:, number + 5], X[:, :, r : r + 3, s : s + 3][..., ::-1])


def test_principal_colours_are_those_of_the_covariance():
    values, vectors = COLOURS
    covariance = np.cov(X.transpose(1, 0, 2, 3).reshape(3, -1), bias=True)
    np.testing.assert_allclose(vectors * values @ vectors.T, covariance, atol=1e-6)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(3), atol=1e-5)
    assert values[0] >= values[1] >= values[2] >= 0


def test_colour_noise_is_one_colour_for_an_image_as_large_as_the_variances_say():
    many = np.repeat(X[:1], 4000, 0)
    noise = colour_noise(many, rng(), COLOURS, 0.5) - many
    assert np.ptp(noise, axis=(2, 3)).max() < 1e-6
    amounts = noise[:, :, 0, 0] @ COLOURS.vectors
    np.testing.assert_allclose(amounts.std(0), 0.5 * COLOURS.values, rtol=0.1)
    assert abs(amounts.mean(0) / amounts.std(0)).max() < 5 / np.sqrt(4000)


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_enlarging_is_torchs_bilinear_interpolation(factor):
    expected = F.interpolate(torch.from_numpy(X), scale_factor=factor, mode="bilinear", align_corners=False)
    np.testing.assert_allclose(enlarge(X, factor), expected.numpy(), atol=1e-6)


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (lambda: crops(X, rng(), 6), "from 1 to 5 pixels wide, as large as the images; it is 6"),
        (lambda: ten_crops(X, 0), "it is 0"),
        (lambda: crops(X, rng(), 2.5), "it is 2.5"),
        (lambda: flips(X, None), r"rng=np.random.default_rng\(0\) was expected, but None came"),
        (lambda: colour_noise(X, rng(), None), r"what principal_colours\(images\) gives, but None came"),
        (lambda: principal_colours(X[:0]), "one pixel or more is needed"),
        (lambda: flips(X[0], rng()), r"images N C H W were expected, but an array of shape \(3, 7, 5\)"),
        (lambda: colour_noise(X[:, :2], rng(), COLOURS), "3 channels, but the images have 2"),
        (lambda: principal_colours(X[0]), r"images N C H W were expected, but an array of shape \(3, 7, 5\)"),
        (lambda: colour_noise(X, rng(), COLOURS, "much"), "spread, the standard deviation .* it is 'much'"),
        (lambda: shifts(X, rng(), -1), "pixels should be a whole number from 0 on; it is -1"),
        (lambda: enlarge(X, 0), "factor should be a whole number from 1 on; it is 0"),
    ],
)
def test_a_picture_that_cannot_be_made_is_told(mistake, said):
    with pytest.raises(LayerError, match=said):
        mistake()


def test_whole_numbers_of_numpy_move_and_enlarge_too():
    assert np.array_equal(shifts(X, rng(), np.int64(1)), shifts(X, rng(), 1))
    assert np.array_equal(enlarge(X, np.int64(2)), enlarge(X, 2))
