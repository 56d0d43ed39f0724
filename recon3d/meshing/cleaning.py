"""What is done to a raw surface before anyone sees it: specks dropped, faces thinned out."""

from __future__ import annotations

import fast_simplification
import numpy as np
import torch
from jaxtyping import Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from recon3d.types import Mesh


def without_specks(mesh: Mesh, share: float) -> Mesh:
    """A bare mesh without pieces that have fewer faces than this share of the largest one's."""
    pieces = pieces_of(mesh)
    sizes = np.bincount(pieces)
    return with_faces(mesh, torch.from_numpy(np.isin(pieces, np.nonzero(sizes >= share * sizes.max())[0])))


def simplified(mesh: Mesh, faces: int) -> Mesh:
    """A bare mesh with about so many faces, at most, chosen so that the surface moves least (Garland and Heckbert
    1997)."""
    if len(mesh.faces) <= faces:
        return mesh
    points, triangles = fast_simplification.simplify(
        mesh.vertices.float().numpy(), mesh.faces.int().numpy(), target_count=faces
    )
    vertices = torch.from_numpy(np.ascontiguousarray(points, np.float32))
    return Mesh(vertices, torch.from_numpy(triangles.astype(np.int64)))


def pieces_of(mesh: Mesh) -> Int[np.ndarray, " f"]:
    """For every face the number of the piece it belongs to: what hangs together by shared vertices."""
    faces = mesh.faces.numpy()
    rows, columns = faces[:, [0, 1]].ravel(), faces[:, [1, 2]].ravel()
    joined = coo_array((np.ones(len(rows), bool), (rows, columns)), shape=(len(mesh.vertices),) * 2)
    _, labels = connected_components(joined, directed=False)
    _, compact = np.unique(labels[faces[:, 0]], return_inverse=True)
    return compact


def with_faces(mesh: Mesh, kept: torch.Tensor) -> Mesh:
    """Only those faces, and the vertices they use."""
    used, faces = mesh.faces[kept].unique(return_inverse=True)
    return Mesh(mesh.vertices[used], faces)
