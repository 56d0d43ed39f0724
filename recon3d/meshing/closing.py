"""Voxels that no camera has seen taken for inside, so that a surface has no holes (Curless and Levoy 1996, section 4).

Far from surfaces there are no voxels; there it is asked at the corners of blocks whether they are free.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from recon3d.errors import OutOfResources
from recon3d.meshing.blocks import SIDE, Blocks, Grid, offsets
from recon3d.meshing.depth_maps import DepthMap
from recon3d.meshing.fusing import Volume

MOST_CORNERS = 1 << 24
"""Of blocks in the box around a surface."""

Fused = Callable[[Grid, Blocks], Volume]


class Hull(NamedTuple):
    """The box around all blocks: which of their corners are inside, the first one that of block `first`."""

    first: Int[Tensor, "3"]
    inside: Bool[Tensor, "x y z"]

    def distances(self, blocks: Int[Tensor, "n 3"]) -> Float[Tensor, " n"]:
        """Of blocks whose corners agree: -1 inside and 1 outside, as are all beyond the box."""
        place = blocks - self.first
        within = ((place >= 0) & (place < torch.tensor(self.inside.shape))).all(-1)
        inside = torch.zeros(len(blocks), dtype=torch.bool)
        inside[within] = self.inside[tuple(place[within].unbind(-1))]
        return torch.where(inside, -1.0, 1.0)

    def crossed(self) -> Int[Tensor, "n 3"]:
        """Blocks whose corners do not agree."""
        whole, any_inside = self.inside, self.inside
        for axis in range(3):
            count = whole.shape[axis] - 1
            whole = whole.narrow(axis, 0, count) & whole.narrow(axis, 1, count)
            any_inside = any_inside.narrow(axis, 0, count) | any_inside.narrow(axis, 1, count)
        return torch.nonzero(any_inside & ~whole) + self.first


def hull_of(grid: Grid, blocks: Blocks, views: Sequence[DepthMap], fused: Fused) -> Hull:
    """Raises OutOfResources where the surface is spread too far."""
    coordinates = blocks.coordinates
    first, last = coordinates.amin(0) - 1, coordinates.amax(0) + 2
    size = (last - first + 1).tolist()
    if size[0] * size[1] * size[2] > MOST_CORNERS:
        remedy = "raise --surface.voxel, lower --surface.farthest or leave out --watertight"
        raise OutOfResources("surface", "is spread too far to be closed", remedy)
    coarse = Grid(grid.origin, grid.side * SIDE)
    low, high = first.div(SIDE, rounding_mode="floor"), last.div(SIDE, rounding_mode="floor")
    volume = fused(
        coarse, Blocks.at(torch.cartesian_prod(*[torch.arange(a, b + 1) for a, b in zip(low, high, strict=True)]))
    )
    nodes = volume.blocks.coordinates[:, None] * SIDE + offsets()
    solid = solid_distances(volume, views) < 0
    place = nodes - first
    inner = ((place > 0) & (place < torch.tensor(size) - 1)).all(-1)  # what reaches the box's sides ends there
    inside = torch.zeros(size, dtype=torch.bool)
    inside[tuple(place[inner].unbind(-1))] = solid[inner]
    return Hull(first, inside)


def solid_distances(volume: Volume, views: Sequence[DepthMap]) -> Float[Tensor, "b 512"]:
    """Distances, -1 where nothing is known, and 1 where no picture reaches."""
    distances, unknown = volume.distances.clone(), volume.weights <= 0
    block, voxel = torch.nonzero(unknown, as_tuple=True)
    nodes = volume.blocks.coordinates[block] * SIDE + offsets()[voxel]
    points = nodes * volume.grid.side + volume.grid.origin
    reached = torch.zeros(len(points), dtype=torch.bool)
    for view in views:
        left = torch.nonzero(~reached).squeeze(-1)
        if not len(left):
            break
        reached[left] = view.camera.sees(points[left].to(view.camera.world_from_camera))[0][0]
    distances[unknown] = torch.where(reached, -1.0, 1.0)
    return distances
