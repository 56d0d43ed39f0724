"""A mesh's surface laid out flat, and its colours painted on that: what other programs call UV unwrap and bake."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
import xatlas
from jaxtyping import Float, Int
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from recon3d.types import Mesh, RadianceField

__all__ = ["Config", "Texture"]

Array = np.ndarray
SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class Config:
    size: int = 1024
    """Texels along the texture's side."""
    padding: int = 3
    """Texels left between pieces of the surface, so that colours do not run into each other when they are blended."""
    points_at_once: int = 1 << 18
    """Bounds the memory: the field is asked for more points in turn."""


class Texture:
    """Colours of a radiance field on the surface of a mesh."""

    def __init__(self, config: Config) -> None:
        self.config = config

    @torch.no_grad()
    def __call__(self, mesh: Mesh, field: RadianceField) -> Mesh:
        """The mesh with `uv` and `texture`. Vertices where pieces of the surface meet are repeated, once per piece."""
        flat = unwrapped(mesh, self.config)
        assert flat.uv is not None
        face, corners = painted_faces(flat, self.config.size)
        texels = torch.from_numpy(np.argwhere(face >= 0))
        weights = torch.from_numpy(corners[face >= 0]).float()
        points = (flat.vertices[flat.faces[torch.from_numpy(face[face >= 0])]] * weights[..., None]).sum(1)
        colours = torch.cat([field.query(some)[1] for some in points.split(self.config.points_at_once)])
        picture = torch.zeros(self.config.size, self.config.size, 3)
        picture[texels[:, 0], texels[:, 1]] = colours.clamp(0, 1).float()
        return Mesh(flat.vertices, flat.faces, None, flat.uv, _spread(picture, face >= 0))


def unwrapped(mesh: Mesh, config: Config) -> Mesh:
    """The mesh cut into pieces that lie flat without overlap in the unit square."""
    atlas = xatlas.Atlas()
    atlas.add_mesh(mesh.vertices.float().numpy(), mesh.faces.numpy().astype(np.uint32))
    packing = xatlas.PackOptions()
    packing.resolution, packing.padding, packing.bilinear = config.size, config.padding, True
    atlas.generate(pack_options=packing)
    source, faces, uv = atlas[0]
    vertices = mesh.vertices[torch.from_numpy(source.astype(np.int64))]
    return Mesh(vertices, torch.from_numpy(faces.astype(np.int64)), None, torch.from_numpy(uv.copy()))


def painted_faces(mesh: Mesh, size: int) -> tuple[Int[Array, "h w"], Float[Array, "h w 3"]]:
    """Which face every texel shows (-1 for none), and the texel's place in it as weights of the corners.

    Row 0 is the upper end of the texture, where v is 1. A texel that a face's outline only touches shows that face.
    """
    assert mesh.uv is not None
    uv = mesh.uv.double().numpy()
    places = np.stack([uv[:, 0] * size, (1 - uv[:, 1]) * size], -1)
    triangles = places[mesh.faces.numpy()]
    face = np.full((size, size), -1, np.int32)
    rounded = np.round((triangles - 0.5) * 2**SUBPIXEL_BITS).astype(np.int32)
    for i, triangle in enumerate(rounded):
        cv2.fillConvexPoly(face, triangle, i, shift=SUBPIXEL_BITS)
    weights = np.zeros((size, size, 3))
    rows, columns = np.nonzero(face >= 0)
    middles = np.stack([columns + 0.5, rows + 0.5], -1)
    weights[rows, columns] = _corner_weights(triangles[face[rows, columns]], middles)
    return face, weights


def _corner_weights(triangles: Float[Array, "n 3 2"], points: Float[Array, "n 2"]) -> Float[Array, "n 3"]:
    """Barycentric coordinates; those of points beyond an edge are brought back to it."""
    a, b, c = triangles.transpose(1, 0, 2)

    def cross(p: Array, q: Array) -> Array:
        return p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]

    area = cross(b - a, c - a)
    safe = np.where(np.abs(area) < 1e-12, 1.0, area)
    at_b, at_c = cross(points - a, c - a) / safe, cross(b - a, points - a) / safe
    weights = np.stack([1 - at_b - at_c, at_b, at_c], -1).clip(0, None)
    return weights / weights.sum(-1, keepdims=True).clip(1e-12, None)


def _spread(picture: Tensor, painted: Array) -> Tensor:
    """8-bit colours, with those of the nearest painted texel where nothing is painted."""
    _, nearest = distance_transform_edt(~painted, return_indices=True)
    rows, columns = (torch.from_numpy(index.astype(np.int64)) for index in nearest)
    return (picture[rows, columns] * 255 + 0.5).to(torch.uint8)
