"""Pictures of a lit model: colour and alpha by supersampling, depth and normals at pixel centres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from recon3d.synthesis.casting import Hits
from recon3d.synthesis.lighting import Baked, Light
from recon3d.synthesis.model import Model
from recon3d.synthesis.shading import Shader
from recon3d.types import Cameras

Array = np.ndarray


@dataclass(frozen=True)
class Picture:
    """`colour` is linear light, premultiplied by `alpha`, the share of the pixel that the model covers."""

    colour: Float[Array, "h w 3"]
    alpha: Float[Array, "h w"]


@dataclass(frozen=True)
class Geometry:
    """What the ray through each pixel centre meets: z depth in the camera frame and the triangle's unit normal in the
    world, turned towards the camera. Both are 0 where there is nothing."""

    depth: Float[Array, "h w"]
    normals: Float[Array, "h w 3"]


class Tracer:
    """A model in baked light, ready for any number of pictures; with `sky_behind`, what no surface covers is sky."""

    def __init__(self, model: Model, light: Light, baked: Baked, sky_behind: bool = False) -> None:
        self._model, self._light, self._sky_behind = model, light, sky_behind
        self._shader = Shader(model, light, baked)

    def picture(self, camera: Cameras, samples: int = 16) -> Picture:
        """One camera's picture, every pixel averaged over `samples` places in linear light."""
        width, height = camera.size
        total = np.zeros((height * width, 4), np.float32)
        for offset in pixel_offsets(samples):
            total += self._seen(camera, offset)
        mean = (total / samples).reshape(height, width, 4)
        return Picture(mean[..., :3], mean[..., 3])

    def geometry(self, camera: Cameras) -> Geometry:
        """Exact depth and normals at pixel centres."""
        width, height = camera.size
        origins, directions = rays(camera, (0.5, 0.5))
        hits = self._model.caster.first_hits(origins, directions)
        hit = hits.faces >= 0
        corners = self._model.vertices[self._model.faces[hits.faces]]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
        towards = np.where((normals * directions).sum(-1, keepdims=True) > 0, -1.0, 1.0)
        depth = np.where(hit, hits.distances, 0.0)
        return Geometry(depth.reshape(height, width), (normals * towards * hit[:, None]).reshape(height, width, 3))

    def _seen(self, camera: Cameras, offset: tuple[float, float]) -> Array:
        """Colour and coverage (n, 4) along one ray per pixel."""
        origins, directions = rays(camera, offset)
        hits = self._model.caster.first_hits(origins, directions)
        length = np.linalg.norm(directions, axis=-1, keepdims=True)
        sight = (directions / length).astype(np.float32)
        seen = np.zeros((len(origins), 4), np.float32)
        index = np.flatnonzero(hits.faces >= 0)
        if len(index):
            here = Hits(hits.faces[index], hits.weights[index], hits.distances[index])
            footprint = here.distances / float(camera.intrinsics[0, 0, 0])
            seen[index, :3] = self._shader.radiance(here, sight[index], footprint)
            seen[index, 3] = 1
        if self._sky_behind:
            self._add_sky(seen, sight, hits.distances * length[:, 0])
        return seen

    def _add_sky(self, seen: Array, sight: Array, distances: Array) -> None:
        """Sky where there is no surface, and a veil of it over surfaces far away."""
        full = seen[:, 3] > 0
        seen[~full, :3] = self._light.sky.radiance(sight[~full])
        level = sight[full] * np.array([1, 1, 0], np.float32)
        level /= np.linalg.norm(level, axis=-1, keepdims=True) + 1e-6
        veil = -np.expm1(-distances[full, None] / self._light.haze)
        seen[full, :3] += veil * (self._light.sky.radiance(level) - seen[full, :3])
        seen[:, 3] = 1


def rays(camera: Cameras, offset: tuple[float, float]) -> tuple[Float[Array, "n 3"], Float[Array, "n 3"]]:
    """Origins and directions (z = 1 in the camera frame) through `offset` within every pixel, row by row."""
    shifted = camera.cropped(0, 0, *camera.size)
    shifted.intrinsics[:, 0, 2] -= offset[0] - 0.5
    shifted.intrinsics[:, 1, 2] -= offset[1] - 0.5
    origins, directions = shifted.rays()
    return origins.reshape(-1, 3).double().numpy(), directions.reshape(-1, 3).double().numpy()


def pixel_offsets(count: int) -> list[tuple[float, float]]:
    """Places within a pixel, no two in the same row or column: a lattice of golden-ratio steps."""
    k = np.arange(count)
    return list(zip((k + 0.5) / count, ((k + 0.5) * 0.6180339887498949) % 1.0, strict=True))
