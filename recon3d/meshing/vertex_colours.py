"""Colours at the vertices of a mesh: for programs that want no texture."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch

from recon3d.geometry.triangles import vertex_normals
from recon3d.meshing.painting import Painter, Pictures
from recon3d.types import Mesh, RadianceField

__all__ = ["Config", "VertexColours"]


@dataclass(frozen=True)
class Config:
    photo: bool = True
    """Vertices that the photos show take their colours, not the field's."""
    points_at_once: int = 1 << 18
    """Bounds the memory: the field is asked for more points in turn."""


class VertexColours:
    """What the field, or the photos, show at every vertex."""

    def __init__(self, config: Config) -> None:
        self.config = config

    @torch.no_grad()
    def __call__(self, mesh: Mesh, field: RadianceField | None, pictures: Pictures | None = None) -> Mesh:
        """The bare mesh with `colours`. `pictures` are the photos, their cameras in the mesh's frame."""
        painter = Painter(mesh, field, pictures if self.config.photo else None, self.config.points_at_once)
        return dataclasses.replace(mesh, colours=painter(mesh.vertices, vertex_normals(mesh.vertices, mesh.faces)))
