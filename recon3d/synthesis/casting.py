"""Ray casting against triangles with Embree; the one file that knows its Python binding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from recon3d.errors import Missing

Array = np.ndarray


@dataclass(frozen=True)
class Hits:
    """Where rays met triangles: the face (-1 for none), barycentric weights of its corners, distance along the ray."""

    faces: Int[Array, " n"]
    weights: Float[Array, "n 3"]
    distances: Float[Array, " n"]


class Caster:
    """Triangles ready for ray queries. Directions need not be unit; distances are multiples of their length."""

    def __init__(self, vertices: Float[Array, "v 3"], faces: Int[Array, "f 3"]) -> None:
        """Raises Missing where the optional package embreex is not installed."""
        try:
            from embreex.mesh_construction import TriangleMesh  # type: ignore[import-untyped]
            from embreex.rtcore_scene import EmbreeScene  # type: ignore[import-untyped]
        except ImportError as error:
            raise Missing(
                "ray casting", "the package embreex is not installed", "pip install 'recon3d[synth]'"
            ) from error
        self._scene = EmbreeScene()
        TriangleMesh(self._scene, vertices.astype(np.float32), faces.astype(np.int32))
        # Corner and edges in double precision: Embree says which face, the exact distance is computed here.
        corners = vertices.astype(np.float64)[faces]
        self._corner, self._edges = corners[:, 0], corners[:, 1:] - corners[:, :1]

    def first_hits(self, origins: Float[Array, "n 3"], directions: Float[Array, "n 3"]) -> Hits:
        """The nearest face each ray meets."""
        faces = self.first_faces(origins, directions)
        hit = faces >= 0
        weights, distances = np.zeros((len(faces), 3)), np.zeros(len(faces))
        weights[hit], distances[hit] = self._intersections(faces[hit], origins[hit], directions[hit])
        return Hits(faces, weights, distances)

    def first_faces(self, origins: Float[Array, "n 3"], directions: Float[Array, "n 3"]) -> Int[Array, " n"]:
        """The nearest face each ray meets, -1 for none."""
        return np.asarray(self._scene.run(_packed(origins), _packed(directions)))

    def blocked(self, origins: Float[Array, "n 3"], directions: Float[Array, "n 3"]) -> Bool[Array, " n"]:
        """Whether each ray meets anything at all."""
        return np.asarray(self._scene.run(_packed(origins), _packed(directions), query="OCCLUDED") >= 0)

    def _intersections(self, faces: Array, origins: Array, directions: Array) -> tuple[Array, Array]:
        """Möller and Trumbore, "Fast, Minimum Storage Ray/Triangle Intersection" (1997), for known pairs."""
        first, second = self._edges[faces, 0], self._edges[faces, 1]
        normal = np.cross(first, second)
        to_corner = self._corner[faces] - origins
        determinant = _dot(normal, directions)
        determinant = np.where(np.abs(determinant) < 1e-30, 1e-30, determinant)
        side = np.cross(directions, to_corner)
        v, w = -_dot(side, second) / determinant, _dot(side, first) / determinant
        weights = np.clip(np.stack([1 - v - w, v, w], -1), 0, 1)
        return weights, _dot(to_corner, normal) / determinant


def _packed(vectors: Array) -> Array:
    return np.ascontiguousarray(vectors, np.float32)


def _dot(a: Array, b: Array) -> Array:
    return np.asarray((a * b).sum(-1))
