"""Random windows of pictures at random resolutions: little to draw, and in the long run everything is seen."""

from __future__ import annotations

import numpy as np

from recon3d.io.zooming import zoomed
from recon3d.types import Views


def random_crops(views: Views, side: int, zooms: float, chance: np.random.Generator) -> Views:
    """A window of side x side pixels of every view, shrunk before by its own factor between 1 and `zooms`, even in its
    logarithm. Cameras follow.

    No picture is shrunk below the window; of one that is smaller, the window is as large as its shorter side.
    """
    side = min(side, *views.cameras.size)
    return Views.stack([_random_crop(views[i], side, zooms, chance) for i in range(len(views))])


def _random_crop(view: Views, side: int, zooms: float, chance: np.random.Generator) -> Views:
    coarsest = max(1 / zooms, side / min(view.cameras.size))
    view = zoomed(view, coarsest ** chance.random())
    left, top = (int(chance.integers(size - side + 1)) for size in view.cameras.size)
    return cropped(view, left, top, side)


def cropped(view: Views, left: int, top: int, side: int) -> Views:
    """The square window of the views that starts at pixel (left, top)."""
    rows, columns = slice(top, top + side), slice(left, left + side)
    return view.changed(view.cameras.cropped(left, top, side, side), lambda pictures: pictures[:, rows, columns])
