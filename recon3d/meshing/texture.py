"""Colours of a mesh's surface painted on a picture of it laid out flat: what other programs call baking."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch.nn import functional

from recon3d.geometry.triangles import vertex_normals
from recon3d.meshing.painting import Painter, Pictures
from recon3d.meshing.unwrapping import painted_faces, unwrapped
from recon3d.types import Mesh, RadianceField

__all__ = ["Config", "Texture"]


@dataclass(frozen=True)
class Config:
    size: int = 1024
    """Texels along the texture's side."""
    padding: int = 2
    """Texels around each piece of the surface, so that colours do not run into each other when they are blended."""
    photo: bool = True
    """Texels that the photos show take their colours, not the field's."""
    points_at_once: int = 1 << 18
    """Bounds the memory: the field is asked for more points in turn."""


class Texture:
    """Colours of a radiance field, or of the photos it was made of, on the surface of a mesh."""

    def __init__(self, config: Config) -> None:
        self.config = config

    @torch.no_grad()
    def __call__(self, mesh: Mesh, field: RadianceField | None, pictures: Pictures | None = None) -> Mesh:
        """The bare mesh with `uv` and `texture`. Vertices where pieces of the surface meet are repeated, once for each.

        `pictures` are the photos, their cameras in the mesh's frame. Raises as `unwrapped`.
        """
        config = self.config
        flat = unwrapped(mesh, config.size, config.padding)
        shown = painted_faces(flat, config.size)
        painted = shown.faces >= 0
        corners, weights = mesh.faces[shown.faces[painted].long()], shown.weights[painted][..., None]
        points = (mesh.vertices[corners] * weights).sum(1)
        normals = functional.normalize((vertex_normals(mesh.vertices, mesh.faces)[corners] * weights).sum(1), dim=-1)
        painter = Painter(mesh, field, pictures if config.photo else None, config.points_at_once)
        picture = torch.zeros(config.size, config.size, 3)
        picture[painted] = painter(points, normals)
        texture = torch.from_numpy(spread(picture.numpy(), painted.numpy())).flip(0)  # row 0 is the upper one
        return Mesh(mesh.vertices[flat.source], flat.faces, None, flat.texels / config.size, texture)


def spread(picture: Float[np.ndarray, "h w 3"], painted: Bool[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w 3"]:
    """8-bit colours, with those of the nearest painted texel where nothing is painted."""
    rounded = (picture * 255 + 0.5).astype(np.uint8)
    if not painted.any():
        return rounded
    holes = (~painted).astype(np.uint8)
    _, nearest = cv2.distanceTransformWithLabels(holes, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    colour_of = np.zeros((nearest.max() + 1, 3), np.uint8)
    colour_of[nearest[painted]] = rounded[painted]
    return colour_of[nearest]
