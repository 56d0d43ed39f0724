"""All surfaces of a scene with their materials, packed for casting and shading."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from recon3d.synthesis.casting import Caster
from recon3d.synthesis.materials import Material
from recon3d.synthesis.surface import Surface, merged

Array = np.ndarray

THIN_SHARE = 0.65  # of the light on one side of a leaf or a sail, what each of its sides sends on


@dataclass(frozen=True, eq=False)
class Part:
    """A surface and what it is made of."""

    surface: Surface
    material: Material


class Model:
    """Parts merged into one mesh. `lift` keeps secondary rays off the surface they start from (world units)."""

    def __init__(self, parts: list[Part], lift: float) -> None:
        whole = merged([part.surface for part in parts])
        self.vertices, self.normals, self.uv = whole.vertices, whole.normals.astype(np.float32), whole.uv
        self.faces, self.tint = whole.faces, whole.tint.astype(np.float32)
        self.lift = lift
        self.materials = list(dict.fromkeys(part.material for part in parts))
        number = [self.materials.index(part.material) for part in parts]
        self.material_of_face = np.repeat(number, [len(part.surface.faces) for part in parts])
        self.material_of_vertex = np.repeat(number, [len(part.surface.vertices) for part in parts])
        self.thin = np.array([material.thin for material in self.materials])[self.material_of_vertex]

    @cached_property
    def caster(self) -> Caster:
        return Caster(self.vertices, self.faces)

    def cosines(self, direction: Float[Array, "3"]) -> Float[Array, " n"]:
        """Cosine between each vertex's normal and a unit direction; a thin sheet takes light from both sides."""
        cosine = self.normals @ direction.astype(np.float32)
        return np.asarray(np.where(self.thin, THIN_SHARE * np.abs(cosine), cosine))

    def lifted(self, index: Int[Array, " k"], direction: Float[Array, "3"]) -> Float[Array, "k 3"]:
        """Where a ray from those vertices starts: just off the surface; off a thin sheet, on the ray's own side."""
        normals = self.normals[index]
        side = np.where(self.thin[index] & (normals @ direction.astype(np.float32) < 0), -self.lift, self.lift)
        return np.asarray(self.vertices[index] + side[:, None] * normals)

    @cached_property
    def tangents(self) -> Float[Array, "f 2 3"]:
        """Per face the unit directions along which u and v grow."""
        corners, uv = self.vertices[self.faces], self.uv[self.faces]
        (e1, e2), (d1, d2) = (np.moveaxis(x[:, 1:] - x[:, :1], 1, 0) for x in (corners, uv))
        along_u = e1 * d2[:, 1:] - e2 * d1[:, 1:]
        along_v = e2 * d1[:, :1] - e1 * d2[:, :1]
        sign = np.sign(d1[:, :1] * d2[:, 1:] - d1[:, 1:] * d2[:, :1])
        both = np.stack([along_u * sign, along_v * sign], 1)
        length = np.maximum(np.linalg.norm(both, axis=-1, keepdims=True), 1e-12)
        return np.asarray(both / length, np.float32)

    def vertex_colours(self) -> Float[Array, "n 3"]:
        """The material's colour at every vertex, in linear light."""
        colours = np.empty_like(self.tint)
        spacing = np.full(len(colours), 4 * self.lift)
        for number, material in enumerate(self.materials):
            here = np.flatnonzero(self.material_of_vertex == number)
            colours[here] = material.texture.sampled(self.uv[here], spacing[here])[0]
        return colours * self.tint
