"""The colours of points on a mesh: those of a field, and of the pictures that it was made of where they show them."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from scipy.spatial import cKDTree
from torch import Tensor
from torch.nn import functional

from recon3d.meshing.photo_projection import LEAST_FACING, Cast, PhotoProjection
from recon3d.types import Mesh, RadianceField, Views

SHARPNESS = 4.0
"""Power of the cosine by which pictures that face a surface count more than those that see it at a slant."""
FEWEST = 1e-6
"""Trust below which no picture shows a point."""
NEUTRAL = 0.5
"""Grey of what nothing has a colour for."""


@runtime_checkable
class Pictures(Protocol):
    """Views that are looked at one by one: `Views`, and those of a scene, which are decoded when asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Views:
        """The one view at `index`, with a leading axis of 1; its camera, a pinhole, is in the mesh's frame."""
        ...


class Painter:
    """Answers for the colours of points on a mesh. At most `points_at_once` are asked of the field at once.

    What no picture shows has the field's colour; where there is no field, that of the nearest point that one does show.
    """

    def __init__(self, mesh: Mesh, field: RadianceField | None, pictures: Pictures | None, points_at_once: int) -> None:
        self._mesh, self._field, self._points_at_once = mesh, field, points_at_once
        self._pictures = pictures

    def __call__(self, points: Float[Tensor, "n 3"], normals: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
        """sRGB in [0, 1]."""
        if self._pictures is None:
            return self._of_field(points)
        colours, trust = blended(self._mesh, self._pictures, points, normals)
        if self._field is None:
            return of_nearest(points, colours, trust > FEWEST)
        needed = trust < 1
        share = trust[needed, None]
        colours[needed] = share * colours[needed] + (1 - share) * self._of_field(points[needed])
        return colours

    def _of_field(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
        if self._field is None:
            return torch.full_like(points, NEUTRAL)
        colours = [self._field.query(some)[1] for some in points.split(self._points_at_once)]
        return torch.cat(colours).clamp(0, 1).float()


def blended(mesh: Mesh, pictures: Pictures, points: Float[Tensor, "n 3"], normals: Float[Tensor, "n 3"]) -> Cast:
    """The mean of what all pictures show of points of the mesh, and the most that any of them is trusted.

    A picture counts as it is trusted, for visibility, slant and outlines, times a power of the cosine at which it sees
    the point.
    """
    total, weights = torch.zeros_like(points), torch.zeros(len(points))
    trust = torch.zeros(len(points))
    for i in range(len(pictures)):
        view = pictures[i]
        towards = functional.normalize(view.cameras.centres[0].to(points) - points, dim=-1)
        cosines = (normals * towards).sum(-1)
        facing = torch.nonzero(cosines > LEAST_FACING).squeeze(-1)
        if not len(facing):
            continue
        cast = PhotoProjection(mesh, view)(points[facing], normals[facing])
        weight = cast.trust * cosines[facing] ** SHARPNESS
        total.index_add_(0, facing, weight[:, None] * cast.colours)
        weights.index_add_(0, facing, weight)
        trust[facing] = trust[facing].maximum(cast.trust)
    return Cast(total / weights.clamp_min(torch.finfo(weights.dtype).tiny)[:, None], trust)


def of_nearest(points: Float[Tensor, "n 3"], colours: Float[Tensor, "n 3"], coloured: Tensor) -> Float[Tensor, "n 3"]:
    """The colours, and those of the nearest coloured point for all others."""
    if not bool(coloured.any()):
        return torch.full_like(points, NEUTRAL)
    missing = torch.nonzero(~coloured).squeeze(-1)
    if len(missing):
        known = torch.nonzero(coloured).squeeze(-1)
        nearest = cKDTree(points[known].numpy()).query(points[missing].numpy())[1]
        colours[missing] = colours[known[torch.from_numpy(nearest)]]
    return colours
