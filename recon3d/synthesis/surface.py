"""Triangles with everything shading needs at the vertices; what every shape returns."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from recon3d.geometry.triangles import vertex_normals

Array = np.ndarray
Number = int | float  # the run-time check of the tests, unlike mypy, does not take an int for a float
Point = tuple[Number, Number, Number]


@dataclass(frozen=True)
class Surface:
    """n vertices and f triangles, counter-clockwise from outside. Unit normals; `uv` in world units along the surface.

    `tint` multiplies the material's colour (linear light), so one material can serve a thousand different leaves.
    """

    vertices: Float[Array, "n 3"]
    normals: Float[Array, "n 3"]
    uv: Float[Array, "n 2"]
    faces: Int[Array, "f 3"]
    tint: Float[Array, "n 3"]

    @staticmethod
    def of(vertices: Float[Array, "n 3"], uv: Float[Array, "n 2"], faces: Int[Array, "f 3"]) -> Surface:
        """A surface that is smooth wherever its triangles meet, seams of `uv` included; white tint."""
        return Surface(vertices, smooth_normals(vertices, faces), uv, faces, np.ones_like(vertices))

    def moved(self, world_from_local: Float[Array, "4 4"]) -> Surface:
        """The surface under an affine transform; `uv` is kept, so a scaled surface has a scaled texture."""
        linear = world_from_local[:3, :3]
        faces = self.faces if np.linalg.det(linear) > 0 else self.faces[:, ::-1]
        normals = _unit(self.normals @ np.linalg.inv(linear))
        vertices = self.vertices @ linear.T + world_from_local[:3, 3]
        return dataclasses.replace(self, vertices=vertices, normals=normals, faces=faces)

    def at(self, x: Number, y: Number, z: Number) -> Surface:
        """The surface shifted by (x, y, z)."""
        return dataclasses.replace(self, vertices=self.vertices + np.array([x, y, z]))

    def turned(self, degrees: Number) -> Surface:
        """The surface turned about the z axis, counter-clockwise from above."""
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        return self.moved(np.array([[c, -s, 0, 0], [s, c, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]))

    def tinted(self, tint: Float[Array, "... 3"]) -> Surface:
        """The surface with its tint multiplied by one colour, or by one colour per vertex."""
        return dataclasses.replace(self, tint=self.tint * tint)

    def flipped(self) -> Surface:
        """The surface with its front and back exchanged."""
        return dataclasses.replace(self, normals=-self.normals, faces=self.faces[:, ::-1])

    def facing(self, direction: Float[Array, "3"]) -> Surface:
        """The surface turned, if need be, so that its front looks along `direction`."""
        return self if (self.normals @ direction).sum() > 0 else self.flipped()

    def displaced(self, heights: Float[Array, " n"]) -> Surface:
        """The surface pushed out along its normals, which stay those of the smooth shape: relief is shaded by the
        texture that the heights come from."""
        return dataclasses.replace(self, vertices=self.vertices + heights[:, None] * self.normals)

    def unrolled_at(self, u: Number, v: Number) -> Surface:
        """The surface with its texture shifted, so that neighbours do not look like copies."""
        return dataclasses.replace(self, uv=self.uv + np.array([u, v]))


def merged(surfaces: list[Surface]) -> Surface:
    """One surface of many."""
    starts = np.cumsum([0] + [len(s.vertices) for s in surfaces[:-1]])
    return Surface(
        np.concatenate([s.vertices for s in surfaces]),
        np.concatenate([s.normals for s in surfaces]),
        np.concatenate([s.uv for s in surfaces]),
        np.concatenate([s.faces + start for s, start in zip(surfaces, starts, strict=True)]),
        np.concatenate([s.tint for s in surfaces]),
    )


def smooth_normals(vertices: Float[Array, "n 3"], faces: Int[Array, "f 3"]) -> Float[Array, "n 3"]:
    """Area-weighted mean normal of the triangles around each place; vertices at the same place share it."""
    place = same_place(vertices)
    return vertex_normals(torch.from_numpy(vertices), torch.from_numpy(place[faces])).numpy()[place]


def same_place(vertices: Float[Array, "n 3"]) -> Int[Array, "n"]:
    """For every vertex the first one at the same place (to a millionth of the extent)."""
    extent = np.ptp(vertices, axis=0).max() + 1e-30
    steps = np.round((vertices - vertices.min(0)) / extent * 1e6).astype(np.int64)
    keys = (steps[:, 0] << 42) | (steps[:, 1] << 21) | steps[:, 2]
    _keys, first, number = np.unique(keys, return_index=True, return_inverse=True)
    return np.asarray(first[number])


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))
