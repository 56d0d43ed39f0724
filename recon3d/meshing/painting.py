"""The colours of points on a mesh: those of a field, and of the photo it was made of where that shows them."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.meshing.photo_projection import PhotoProjection
from recon3d.types import Mesh, RadianceField, Views


class Painter:
    """Answers for the colours of points on a mesh. At most `points_at_once` are asked of the field at once."""

    def __init__(self, mesh: Mesh, field: RadianceField, view: Views | None, points_at_once: int) -> None:
        self._field, self._points_at_once = field, points_at_once
        self._photo = None if view is None else PhotoProjection(mesh, view)

    def __call__(self, points: Float[Tensor, "n 3"], normals: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
        """sRGB in [0, 1]."""
        if self._photo is None:
            return self._of_field(points)
        colours, trust = self._photo(points, normals)
        needed = trust < 1
        share = trust[needed, None]
        colours[needed] = share * colours[needed] + (1 - share) * self._of_field(points[needed])
        return colours

    def _of_field(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
        colours = [self._field.query(some)[1] for some in points.split(self._points_at_once)]
        return torch.cat(colours).clamp(0, 1).float()
