"""Points as structure from motion would leave them, but exact: on visible surfaces, with the views that see each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8

from recon3d.synthesis.casting import Caster
from recon3d.synthesis.tracer import rays
from recon3d.types import Cameras

Array = np.ndarray

WIDEST = 30.0  # degrees between two views of a point beyond which no detector would match them
LONGEST = 8  # views of a point at most, the ones nearest in angle to the view it was found in
SHORTEST = 3


@dataclass(frozen=True)
class SparsePoints:
    """n points and o observations of them: point `points[k]` is seen in view `views[k]` at `pixels[k]`."""

    positions: Float[Array, "n 3"]
    colours: UInt8[Array, "n 3"]
    points: Int[Array, " o"]
    views: Int[Array, " o"]
    pixels: Float[Array, "o 2"]


def observed(
    caster: Caster, cameras: Cameras, images: list[UInt8[Array, "h w 3"]], count: int, seed: int
) -> SparsePoints:
    """About `count` points found at pixels with texture, evenly over the views, and every honest observation of them:
    inside the picture, not hidden (tested by ray casting), from a similar direction."""
    rng = np.random.default_rng(seed)
    found = [_found(caster, cameras[i], image, 1 + count // len(images), rng) for i, image in enumerate(images)]
    positions, colours = (np.concatenate(column) for column in zip(*found, strict=True))
    finders = np.repeat(np.arange(len(found)), [len(place) for place, _ in found])
    pixels, depths = (values.numpy() for values in cameras.project(torch.from_numpy(positions)))
    seen = np.stack([_visible(caster, cameras[i], pixels[i], depths[i]) for i in range(len(cameras))])
    chosen = _nearest_in_angle(cameras, positions, finders, seen)
    kept = chosen.sum(0) >= SHORTEST
    points, views = np.nonzero(chosen[:, kept].T)
    return SparsePoints(positions[kept], colours[kept], points, views, pixels[:, kept][views, points])


def _found(caster: Caster, camera: Cameras, image: Array, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Places and colours at pixels drawn where the picture changes; none in the sky."""
    grey = image.astype(float).sum(-1)
    change = np.hypot(*np.gradient(grey)).ravel() + 1e-3
    pixel = np.sort(rng.choice(len(change), count, replace=False, p=change / change.sum()))
    origins, directions = (values[pixel] for values in rays(camera, (0.5, 0.5)))
    hits = caster.first_hits(origins, directions)
    there = hits.faces >= 0
    positions = origins + hits.distances[:, None] * directions
    return positions[there], image.reshape(-1, 3)[pixel[there]]


def _visible(caster: Caster, camera: Cameras, pixels: Array, depths: Array) -> Array:
    """Whether each point is in the picture and the first thing that its ray meets."""
    width, height = camera.size
    inside = (depths > 0.05) & (pixels > 1).all(1) & (pixels < [width - 1, height - 1]).all(1)
    index = np.flatnonzero(inside)
    at, far = (torch.from_numpy(values[index])[None] for values in (pixels, depths))
    targets = camera.unproject(at, far)[0].numpy()
    origins = np.broadcast_to(camera.centres[0].numpy(), targets.shape)
    # The direction leads to the point itself, so an unhindered ray arrives at distance 1.
    distances = caster.first_hits(origins, targets - origins).distances
    visible = np.zeros(len(pixels), bool)
    visible[index] = np.abs(distances - 1) < 1e-4
    return visible


def _nearest_in_angle(cameras: Cameras, positions: Array, finders: Array, seen: Array) -> Array:
    """Of the views (v, n) that see each point, the few whose direction is nearest to that of the finder."""
    sight = positions - cameras.centres.numpy()[:, None]
    sight /= np.linalg.norm(sight, axis=-1, keepdims=True)
    cosine = (sight * sight[finders, np.arange(len(positions))]).sum(-1)
    cosine = np.where(seen & (cosine > np.cos(np.radians(WIDEST))), cosine, -np.inf)
    rank = np.argsort(np.argsort(-cosine, axis=0, kind="stable"), axis=0, kind="stable")
    return np.asarray((rank < LONGEST) & np.isfinite(cosine))
