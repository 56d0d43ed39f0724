"""Where the thing that pictures show is: the cube that a field is to fill."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.encoders.start import silhouettes
from recon3d.geometry.rays import nearest_point_to_rays
from recon3d.geometry.transforms import similarity
from recon3d.types import Scene

HULL_POINTS, MARGIN = 50_000, 1.1
"""Points of the visual hull that tell its size, and by how much the cube is larger."""


class Bounds(NamedTuple):
    """A cube. An `open` one holds what the cameras look at, and there is more beyond it."""

    middle: Float[Tensor, "3"]
    half_size: float
    open: bool

    @property
    def unit_from_world(self) -> Float[Tensor, "4 4"]:
        """The similarity that makes it the cube from -1 to 1."""
        return similarity(1 / self.half_size, -self.middle.double() / self.half_size)


def bounds_of(scene: Scene, seed: int) -> Bounds:
    """Around the visual hull, where pictures have alpha; else as far around the point that all cameras look at as they
    are from it."""
    normalised = scene.normalised()
    hull = silhouettes.start(normalised, HULL_POINTS, torch.Generator().manual_seed(seed))
    if hull is None:
        cameras = scene.train.cameras
        forward = cameras.world_from_camera[:, :3, 2].double()
        middle = nearest_point_to_rays(cameras.centres.double(), forward)
        return Bounds(middle.float(), float((cameras.centres - middle).norm(dim=-1).median()), True)
    back = torch.linalg.inv(normalised.world_from_input.double() @ torch.linalg.inv(scene.world_from_input.double()))
    places = hull.positions.double() @ back[:3, :3].mT + back[:3, 3]
    low, high = places.amin(0), places.amax(0)
    return Bounds(((low + high) / 2).float(), float((high - low).max()) / 2 * MARGIN, False)
