"""Whether a surface bounds a solid, as slicers and simulators want it, and how it is made to."""

from __future__ import annotations

from dataclasses import dataclass

import manifold3d
import numpy as np
import torch
from jaxtyping import Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from recon3d.errors import BadInput
from recon3d.geometry.triangles import vertex_normals
from recon3d.meshing.cleaning import pieces_of
from recon3d.types import Mesh

Array = np.ndarray

APART = 1e-5
"""Share of the mesh's size by which vertices at one place are moved apart."""


@dataclass(frozen=True)
class Report:
    """How good a solid a mesh is."""

    pieces: int
    """Parts of the surface that hang together."""
    watertight: bool
    """Every edge is shared by exactly two faces."""
    consistent: bool
    """Neighbouring faces agree on what is outside."""
    pinched: int
    """Vertices in which surfaces touch that are otherwise apart."""

    def __str__(self) -> str:
        faults = [] if self.consistent else ["faces turned both ways"]
        if self.pinched:
            faults.append(f"{self.pinched} pinched {'vertices' if self.pinched > 1 else 'vertex'}")
        closed = "not watertight" if not self.watertight else "watertight" if faults else "a watertight solid"
        return ", ".join([f"{self.pieces} piece{'s' if self.pieces > 1 else ''}", closed, *faults])


def report_of(mesh: Mesh) -> Report:
    """Of a mesh whose faces share vertices."""
    faces = mesh.faces.numpy()
    starts, ends = faces.ravel(), np.roll(faces, -1, 1).ravel()
    edges = np.minimum(starts, ends) * len(mesh.vertices) + np.maximum(starts, ends)
    _, number, count = np.unique(edges, return_inverse=True, return_counts=True)
    upwards = np.bincount(number, starts < ends)
    twice = count == 2
    return Report(
        int(pieces_of(mesh).max()) + 1,
        bool(twice.all()),
        bool((upwards[twice] == 1).all()),
        _fans(faces, number) - len(np.unique(faces)),
    )


def _fans(faces: Int[Array, "f 3"], edges: Int[Array, " 3*f"]) -> int:
    """How many fans of faces there are around all vertices; `edges` numbers the edges from corner to next corner."""
    order = np.argsort(edges, kind="stable")
    same = np.nonzero(edges[order][1:] == edges[order][:-1])[0]
    sides = order[same], order[same + 1]
    corners = [[side, side - side % 3 + (side + 1) % 3] for side in sides]  # where they start and where they end
    vertices = faces.ravel()
    links = [(a, b, vertices[a] == vertices[b]) for a in corners[0] for b in corners[1]]
    rows, columns = (np.concatenate([link[i][link[2]] for link in links]) for i in (0, 1))
    joined = coo_array((np.ones(len(rows), bool), (rows, columns)), shape=(len(vertices),) * 2)
    return int(connected_components(joined, directed=False)[0])


def made_solid(mesh: Mesh) -> Mesh:
    """A closed bare mesh whose edges are shared by exactly two faces each, even for programs that join vertices at one
    place. Surfaces that touch in edges or vertices are parted.

    Raises BadInput for a mesh with holes.
    """
    solid = manifold3d.Manifold(manifold3d.Mesh(mesh.vertices.float().numpy(), mesh.faces.numpy().astype(np.uint32)))
    if solid.status() != manifold3d.Error.NoError or solid.is_empty():
        raise BadInput("surface", "cannot be made watertight", "keep more --faces")
    result = solid.to_mesh()
    vertices = torch.from_numpy(np.array(result.vert_properties[:, :3], np.float32))
    return _moved_apart(Mesh(vertices, torch.from_numpy(np.array(result.tri_verts, np.int64))))


def _moved_apart(mesh: Mesh) -> Mesh:
    """Vertices at one place withdraw into the solid, each into its own part."""
    _, place, count = mesh.vertices.unique(dim=0, return_inverse=True, return_counts=True)
    crowded = count[place] > 1
    size = float((mesh.vertices.amax(0) - mesh.vertices.amin(0)).max())
    vertices = mesh.vertices.clone()
    vertices[crowded] -= APART * size * vertex_normals(vertices, mesh.faces)[crowded]
    return Mesh(vertices, mesh.faces)
