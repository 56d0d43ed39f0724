"""Flat surfaces that scenes are built of: as many vertices as their patterns need."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float

from recon3d.synthesis.colours import srgb
from recon3d.synthesis.objects.fusing import Material
from recon3d.synthesis.surface import Number
from recon3d.types import Mesh

Array = np.ndarray
Place = Sequence[Number] | Float[Array, "3"]

SPACING = 0.07
"""Metres between vertices, on large surfaces as many times as large as they are larger than LARGE."""
LARGE = 4.0
SIZE = 2.5
"""Metres that a material, made for things that measure about 1, is stretched to."""


def sheet(corner: Place, across: Place, up: Place, material: Material, light: Number = 1.0) -> Mesh:
    """The parallelogram at a corner with those sides, of that material, under so much light."""
    sides = [np.asarray(side, float) for side in (across, up)]
    lengths = [float(np.linalg.norm(side)) for side in sides]
    spacing = SPACING * max(1.0, max(lengths) / LARGE)
    columns, rows = (max(2, int(np.ceil(length / spacing)) + 1) for length in lengths)
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    places = np.asarray(corner, float) + u.reshape(-1, 1) * sides[0] + v.reshape(-1, 1) * sides[1]
    return lit_mesh(places, grid_faces(rows, columns), material(places / SIZE) * light)


def grid_faces(rows: int, columns: int) -> Array:
    """Two triangles for every cell of a grid of vertices."""
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1)
    right, below = first + 1, first + columns
    return np.concatenate([np.stack([first, right, below], -1), np.stack([right, below + 1, below], -1)])


def lit_mesh(vertices: Array, faces: Array, linear: Array) -> Mesh:
    """A mesh of colours that are given in linear light."""
    colours = np.clip(srgb(np.clip(linear, 0, 1)), 0, 1)
    parts = (vertices.astype(np.float32), faces.astype(np.int32), colours.astype(np.float32))
    return Mesh(*(torch.from_numpy(np.ascontiguousarray(part)) for part in parts))


def box(low: Place, high: Place, material: Material, light: Number = 1.0) -> Mesh:
    """The sides and the top of a box; its sides are darker by where they look."""
    a, b = np.asarray(low, float), np.asarray(high, float)
    x, y, z = np.diag(b - a)
    sides = [(a, x, z, 0.8), (a, y, z, 0.7), (a + y, x, z, 0.75), (a + x, y, z, 0.85), (a + z, x, y, 1.0)]
    return joined([sheet(corner, u, v, material, light * shade) for corner, u, v, shade in sides])


def dome(radius: Number, material: Material, light: Number = 1.0) -> Mesh:
    """What is far away: a ball around everything, from a little below the horizon up."""
    rows, columns = 60, 160
    elevation, azimuth = np.meshgrid(np.linspace(-0.15, 1.5, rows), np.linspace(0, 2 * np.pi, columns), indexing="ij")
    level = np.cos(elevation)
    directions = np.stack([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)], -1).reshape(-1, 3)
    return lit_mesh(radius * directions, grid_faces(rows, columns), material(directions) * light)


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of many with colours."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    faces = [mesh.faces.int() + int(start) for mesh, start in zip(meshes, starts, strict=True)]
    colours = [mesh.colours for mesh in meshes if mesh.colours is not None]
    return Mesh(torch.cat([mesh.vertices for mesh in meshes]), torch.cat(faces), torch.cat(colours))


def darkened(mesh: Mesh, share: Float[Array, " n"]) -> Mesh:
    """With so much of the light left at every vertex; sRGB is taken to be a square."""
    assert mesh.colours is not None
    factor = torch.from_numpy(np.sqrt(share).astype(np.float32))[:, None]
    return Mesh(mesh.vertices, mesh.faces, mesh.colours * factor)
