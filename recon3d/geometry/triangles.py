"""Triangles and the directions they face: counter-clockwise from outside."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional


def face_normals(vertices: Float[Tensor, "n 3"], faces: Int[Tensor, "f 3"]) -> Float[Tensor, "f 3"]:
    """Outwards; twice as long as the triangle is large."""
    first, second, third = (vertices.index_select(0, corner) for corner in faces.unbind(1))
    return torch.linalg.cross(second - first, third - first)


def vertex_normals(vertices: Float[Tensor, "n 3"], faces: Int[Tensor, "f 3"]) -> Float[Tensor, "n 3"]:
    """Of unit length: the mean of the triangles at each vertex by their areas, so that flat sides stay flat up to their
    rounded edges. Vertices at the same place do not know each other; one without a triangle has a normal of zero."""
    normals, summed = face_normals(vertices, faces), torch.zeros_like(vertices)
    for corner in faces.unbind(1):
        summed.index_add_(0, corner, normals)
    return functional.normalize(summed, dim=-1)
