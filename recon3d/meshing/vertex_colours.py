"""Colours of a radiance field at the vertices of a mesh: for programs that want no texture."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch

from recon3d.types import Mesh, RadianceField

__all__ = ["Config", "VertexColours"]


@dataclass(frozen=True)
class Config:
    points_at_once: int = 1 << 18
    """Bounds the memory: the field is asked for more points in turn."""


class VertexColours:
    """What the field shows at every vertex."""

    def __init__(self, config: Config) -> None:
        self.config = config

    @torch.no_grad()
    def __call__(self, mesh: Mesh, field: RadianceField) -> Mesh:
        """The mesh with `colours`."""
        colours = [field.query(points)[1] for points in mesh.vertices.split(self.config.points_at_once)]
        return dataclasses.replace(mesh, colours=torch.cat(colours).clamp(0, 1))
