"""What light leaves a surface towards the camera: baked sky, sun with relief, and a mild gloss."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from recon3d.synthesis.casting import Hits
from recon3d.synthesis.lighting import Baked, Light
from recon3d.synthesis.model import THIN_SHARE, Model

Array = np.ndarray


class Shader:
    """A model in baked light."""

    def __init__(self, model: Model, light: Light, baked: Baked) -> None:
        self._model, self._light = model, light
        packed = [model.normals, model.uv, model.tint, baked.ambient, baked.sun[:, None]]
        self._attributes = np.concatenate(packed, 1).astype(np.float32)
        look = [[material.gloss, material.shininess, material.thin] for material in model.materials]
        self._look = np.array(look, np.float32)

    def radiance(self, hits: Hits, sight: Float[Array, "n 3"], footprint: Float[Array, " n"]) -> Float[Array, "n 3"]:
        """Linear light from points on surfaces; `sight` are unit directions away from the camera, `footprint` is the
        width of a pixel there (world units)."""
        corners = self._model.faces[hits.faces]
        weights = hits.weights.astype(np.float32)
        attributes = sum(weights[:, k, None] * self._attributes[corners[:, k]] for k in range(3))
        normal, uv, tint, ambient, sunlit = np.split(np.asarray(attributes), [3, 5, 8, 11], axis=1)
        number = self._model.material_of_face[hits.faces]
        colour, slope = self._textured(number, uv, footprint)
        tangents = self._model.tangents[hits.faces]
        normal = _unit(normal - slope[:, :1] * tangents[:, 0] - slope[:, 1:] * tangents[:, 1])
        gloss, shininess, thin = self._look[number].T
        cosine = normal @ self._light.sun.direction.astype(np.float32)
        cosine = np.where(thin > 0, THIN_SHARE * np.abs(cosine), np.maximum(cosine, 0))[:, None]
        sunlight = sunlit * self._light.sun.colour.astype(np.float32)
        diffuse = colour * tint * (ambient + sunlight * cosine) / np.float32(np.pi)
        lobe, rim = self._gloss(normal, sight, gloss, shininess)
        return np.asarray(diffuse + lobe * sunlight * (cosine > 0) + rim * ambient)

    def _textured(self, number: Array, uv: Array, footprint: Array) -> tuple[Array, Array]:
        """Colour and slope of the relief, material by material."""
        colour, slope = np.empty((len(uv), 3), np.float32), np.empty((len(uv), 2), np.float32)
        for k in np.unique(number):
            here = np.flatnonzero(number == k)
            colour[here], slope[here] = self._model.materials[k].texture.sampled(uv[here], footprint[here])
        return colour, slope

    def _gloss(self, normal: Array, sight: Array, gloss: Array, shininess: Array) -> tuple[Array, Array]:
        """Shares of sun and surroundings that are reflected: a normalised Blinn-Phong lobe, and more at grazing
        angles. Both are broad, so spherical harmonics of degree 3 can follow them."""
        halfway = _unit(self._light.sun.direction.astype(np.float32) - sight)
        lobe = np.maximum((normal * halfway).sum(1), 0) ** shininess * gloss * (shininess + 8) / np.float32(8 * np.pi)
        rim = gloss * (1 - np.minimum(np.abs((normal * sight).sum(1)), 1)) ** 4 / np.float32(np.pi)
        return lobe[:, None], rim[:, None]


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))
