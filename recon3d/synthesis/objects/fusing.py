"""Pieces added to and cut out of one another; the one file that knows manifold3d."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from manifold3d import Error, Manifold, Mesh, OpType

from recon3d.geometry.triangles import vertex_normals
from recon3d.synthesis.objects.solids import Solid
from recon3d.synthesis.surface import Number

Array = np.ndarray
Material = Callable[[Float[Array, "n 3"]], Float[Array, "n 3"]]
"""From places on a solid at rest to the colour there, in linear light."""

_REST, _PIECE = slice(6, 9), 9
"""Columns of manifold3d's vertices, behind x, y, z and the normals, which it wants there."""
MANY = 1500
"""Pieces of more triangles than this are simplified first, for booleans take their time;"""
TOLERANCE = 0.0015
"""by no more than this, where an object measures 1 or 2."""


class Piece(NamedTuple):
    """A solid and what it is made of. One that is `cut` takes from all pieces before it, and lines the hole."""

    solid: Solid
    material: Material
    cut: bool = False

    def moved(self, linear: Float[Array, "3 3"]) -> Piece:
        return self._replace(solid=self.solid.moved(linear))

    def at(self, *shift: Number) -> Piece:
        return self._replace(solid=self.solid.at(*shift))

    def turned(self, axis: str, degrees: Number) -> Piece:
        return self._replace(solid=self.solid.turned(axis, degrees))

    def mirrored(self, axis: str) -> Piece:
        return self._replace(solid=self.solid.mirrored(axis))


@dataclass(frozen=True)
class Fused:
    """One closed surface. Vertices are repeated, at the same place, where pieces meet and along sharp edges.

    `coarse` are the same triangles before they were made small: enough for rays.
    """

    vertices: Float[Array, "n 3"]
    faces: Int[Array, "f 3"]
    normals: Float[Array, "n 3"]
    rest: Float[Array, "n 3"]
    piece: Int[Array, " n"]
    coarse: tuple[Float[Array, "m 3"], Int[Array, "g 3"]]


def fused(pieces: list[Piece], edge: Number, faces: int, crease: Number = 50.0) -> Fused | None:
    """The pieces as one surface; None if nothing is left of them, or if one was not closed.

    Most edges measure at most `edge` of the largest side, or more where that would take more than `faces` triangles.
    Edges sharper than `crease` (degrees) stay sharp.
    """
    whole = _combined(pieces)
    if whole is None or whole.num_tri() == 0:
        return None
    whole = whole.calculate_normals(0, crease)  # for the sake of the vertices that it parts
    coarse = whole.to_mesh()
    mesh = _refined(whole, edge, faces).to_mesh()
    columns, corners = np.asarray(mesh.vert_properties, np.float64), np.asarray(mesh.tri_verts, np.int64)
    vertices = np.ascontiguousarray(columns[:, :3])
    return Fused(
        vertices,
        corners,
        vertex_normals(torch.from_numpy(vertices), torch.from_numpy(corners)).numpy(),
        columns[:, _REST],
        np.round(columns[:, _PIECE]).astype(np.int64),
        (np.asarray(coarse.vert_properties, np.float64)[:, :3], np.asarray(coarse.tri_verts, np.int64)),
    )


def _refined(whole: Manifold, edge: Number, faces: int) -> Manifold:
    """In two steps: what one step leaves between the edges it divides are slivers. Triangles come out with about 1 / 7
    of the square of the length asked for; of small objects they are smaller."""
    finest, coarsest = ((7 * whole.surface_area() / count) ** 0.5 for count in (faces, faces / 4))
    length = float(np.clip(edge * np.max(_extent(whole)), finest, coarsest))
    return whole.refine_to_length(2 * length).refine_to_length(length)


def _combined(pieces: list[Piece]) -> Manifold | None:
    """Additions and cuts in their order, as few operations as that allows."""
    whole = Manifold()
    for cut, group in groupby(enumerate(pieces), key=lambda numbered: numbered[1].cut):
        solids = [_manifold(piece.solid, number) for number, piece in group]
        if any(solid.status() != Error.NoError for solid in solids):
            return None
        operation = OpType.Subtract if cut else OpType.Add
        whole = Manifold.batch_boolean([whole, *solids], operation)
    return whole


def _manifold(solid: Solid, number: int) -> Manifold:
    columns = np.zeros((len(solid.vertices), 10), np.float32)
    columns[:, :3], columns[:, _REST], columns[:, _PIECE] = solid.vertices, solid.rest, number
    whole = Manifold(Mesh(columns, np.ascontiguousarray(solid.faces, np.uint32)))
    return whole.simplify(TOLERANCE) if len(solid.faces) > MANY else whole


def _extent(whole: Manifold) -> Array:
    box = np.asarray(whole.bounding_box())
    return np.asarray(box[3:] - box[:3])
