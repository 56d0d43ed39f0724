"""The largest window, against trying all of them."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recon3d.io.rectangles import EMPTY, bounding_window, largest_window

GRIDS = arrays.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=7).flatmap(
    lambda shape: arrays.arrays(bool, shape, elements=st.sampled_from([True, True, True, False]))
)


def largest_area(good: np.ndarray) -> int:
    height, width = good.shape
    best = 0
    for top, left in itertools.product(range(height - 1), range(width - 1)):
        for bottom, right in itertools.product(range(top + 2, height + 1), range(left + 2, width + 1)):
            if good[top:bottom, left:right].all():
                best = max(best, (bottom - top) * (right - left))
    return best


@given(GRIDS)
def test_largest_window(good: np.ndarray) -> None:
    window = largest_window(good, np.arange(good.shape[1]), np.arange(good.shape[0]))
    left, top, width, height = window
    assert good[top : top + height, left : left + width].all()
    assert width * height == largest_area(good)


@given(GRIDS)
def test_bounding_window(good: np.ndarray) -> None:
    left, top, width, height = bounding_window(good, np.arange(good.shape[1]), np.arange(good.shape[0]))
    assert good[top : top + height, left : left + width].sum() == good.sum()
    if good.any():
        inside = good[top : top + height, left : left + width]
        assert inside[0].any()
        assert inside[-1].any()
        assert inside[:, 0].any()
        assert inside[:, -1].any()


def test_samples_stand_for_their_pixels() -> None:
    good = np.array([[True, True, False], [True, True, True], [False, True, True]])
    window = largest_window(good, np.array([0, 10, 100]), np.array([0, 50, 60]))
    assert window == (10, 50, 91, 11)


def test_nothing_good() -> None:
    good = np.zeros((3, 3), dtype=bool)
    assert largest_window(good, np.arange(3), np.arange(3)) == EMPTY
    assert bounding_window(good, np.arange(3), np.arange(3)) == EMPTY
