"""From the picture of a real lens to that of a pinhole with the same focal length.

The pinhole picture has invalid pixels where the lens saw nothing or folds over. A dark wedge of them at the border
costs a fit many decibels, so the picture is cropped to a window without any. Only where that would throw away half of
a side, as with a strong fisheye, is a larger window kept and the invalid pixels are told apart by a mask.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int
from torch import Tensor

from recon3d.geometry import lenses, rays
from recon3d.io.rectangles import Window, bounding_window, largest_window
from recon3d.types import Cameras

GRID = 64  # the validity of the picture is looked at on a grid of about so many cells per side
ROWS_AT_ONCE = 256  # bounds the memory of the float64 intermediates
OUTSIDE_BY = 0.01  # pixels: rounding may put an undistorted border pixel this far outside

Maps = tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]


@dataclass(frozen=True)
class Undistortion:
    """What one calibrated lens needs; hashable, because most scenes share one calibration among all pictures."""

    lens: str
    coefficients: tuple[float, ...]
    intrinsics: tuple[float, ...]
    width: int
    height: int

    @staticmethod
    def of(camera: Cameras) -> Undistortion:
        """That of a single camera whose lens is not a pinhole."""
        if camera.distortion is None:
            raise ValueError("a pinhole picture needs no undistortion")
        coefficients, intrinsics = camera.distortion[0].double(), camera.intrinsics[0].double().flatten()
        return Undistortion(camera.lens, tuple(coefficients.tolist()), tuple(intrinsics.tolist()), *camera.size)

    @cached_property
    def _matrix(self) -> Float[Tensor, "3 3"]:
        return torch.tensor(self.intrinsics, dtype=torch.float64).reshape(3, 3)

    @cached_property
    def _coefficients(self) -> Float[Tensor, " k"]:
        return torch.tensor(self.coefficients, dtype=torch.float64)

    def valid(self, columns: Int[np.ndarray, " w"], rows: Int[np.ndarray, " h"]) -> Bool[np.ndarray, "h w"]:
        """Whether the lens picture shows, the right way round, what the pinhole sees through those pixels."""
        return self._banded(self._is_valid, columns, rows)

    def maps(self, window: Window) -> Maps:
        """The column and the row of the lens picture to take for each pixel of the window, as cv2.remap counts them."""
        columns, rows = pixels_of(window)
        sources = self._banded(lambda directions: self._sources(directions).astype(np.float32), columns, rows)
        return np.ascontiguousarray(sources[..., 0]), np.ascontiguousarray(sources[..., 1])

    def _sources(self, directions: Float[Tensor, "h w 2"]) -> Float[np.ndarray, "h w 2"]:
        """Where the lens picture shows those directions, as array indices: 0 is the centre of the first pixel."""
        distorted = lenses.distort(self.lens, directions, self._coefficients)
        return np.asarray(rays.pixels_from_normalised(distorted, self._matrix).numpy() - 0.5)

    def _is_valid(self, directions: Float[Tensor, "h w 2"]) -> Bool[np.ndarray, "h w"]:
        sources, last = self._sources(directions), np.array([self.width - 1, self.height - 1])
        shown = ((sources >= -OUTSIDE_BY) & (sources <= last + OUTSIDE_BY)).all(-1)
        return np.asarray(shown & ~lenses.folds_over(self.lens, directions, self._coefficients).numpy())

    def _banded(
        self,
        look: Callable[[Float[Tensor, "h w 2"]], np.ndarray],
        columns: Int[np.ndarray, " w"],
        rows: Int[np.ndarray, " h"],
    ) -> np.ndarray:
        """`look` at the normalised points through the centres of those pixels, some rows at a time."""
        x, bands = torch.from_numpy(columns + 0.5), np.array_split(rows, len(rows) // ROWS_AT_ONCE + 1)
        grids = (torch.stack(torch.meshgrid(x, torch.from_numpy(band + 0.5), indexing="xy"), -1) for band in bands)
        return np.concatenate([look(rays.normalised_from_pixels(grid, self._matrix)) for grid in grids])


class Crop(NamedTuple):
    """The part of the pinhole picture that is kept, and whether all of its pixels are valid."""

    window: Window
    clean: bool


@lru_cache(maxsize=4096)
def crop_of(undistortion: Undistortion) -> Crop:
    """The largest window without invalid pixels, or, where that is less than half of a side, one around all valid ones.

    The window is EMPTY where the coefficients leave nothing valid. It is found on a coarse grid and then on one that
    has every pixel near its edges: where a lens does not fold, a border inside its picture has its interior there too.
    """
    columns, rows = _samples(undistortion.width), _samples(undistortion.height)
    good = undistortion.valid(columns, rows)
    coarse = largest_window(good, columns, rows)
    fine_columns = _refined(columns, coarse.left, coarse.left + coarse.width - 1)
    fine_rows = _refined(rows, coarse.top, coarse.top + coarse.height - 1)
    window = largest_window(undistortion.valid(fine_columns, fine_rows), fine_columns, fine_rows)
    if 2 * window.width >= undistortion.width and 2 * window.height >= undistortion.height:
        return Crop(window, clean=True)
    return Crop(bounding_window(good, columns, rows), clean=False)


@lru_cache(maxsize=2)
def maps_of(undistortion: Undistortion, window: Window) -> Maps:
    """`Undistortion.maps`, remembered for the next picture by the same lens."""
    return undistortion.maps(window)


@lru_cache(maxsize=2)
def mask_of(undistortion: Undistortion, window: Window) -> Bool[np.ndarray, "h w"]:
    """`Undistortion.valid` for every pixel of the window, remembered likewise."""
    return undistortion.valid(*pixels_of(window))


def pixels_of(window: Window) -> tuple[Int[np.ndarray, " w"], Int[np.ndarray, " h"]]:
    """The columns and the rows of a window."""
    return np.arange(window.width) + window.left, np.arange(window.height) + window.top


def _samples(length: int) -> Int[np.ndarray, " n"]:
    """Pixel indices spread evenly from the first to the last."""
    return np.unique(np.linspace(0, length - 1, min(length, GRID + 1)).round().astype(np.int64))


def _refined(samples: Int[np.ndarray, " n"], first: int, last: int) -> Int[np.ndarray, " m"]:
    """The samples, and every pixel within a cell of the edges at `first` and `last`."""
    reach = int(np.diff(samples).max(initial=1))
    near = [np.arange(max(edge - reach, 0), min(edge + reach, int(samples[-1])) + 1) for edge in (first, last)]
    return np.unique(np.concatenate([samples, *near]))
