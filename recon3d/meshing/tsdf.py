"""Rendered depth fused into a truncated signed distance, and its surface (Curless and Levoy, "A Volumetric Method for
Building Complex Models from Range Images", 1996).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from recon3d.errors import BadInput, OutOfResources
from recon3d.meshing.block_surface import surface_of
from recon3d.meshing.blocks import VOXELS, Blocks, Grid, blocks_around
from recon3d.meshing.closing import hull_of, solid_distances
from recon3d.meshing.depth_maps import DepthMap, planes_of
from recon3d.meshing.fusing import Volume, fuse
from recon3d.types import Mesh

__all__ = ["Config", "Tsdf"]

BYTES_PER_VOXEL = 28
"""Its sum and its weight, and its share of the surface while that is made."""
MARGIN = 1.5
"""Voxels around what a camera sees that are kept: the surface is a mean of what all see, and lies among that."""
COARSER = 1.02
"""Least factor by which voxels grow where there are too many."""


@dataclass(frozen=True)
class Config:
    voxel: float = 1.0
    """Sides of voxels, in widths of a pixel where it meets the surface (the median of all)."""
    truncation: float = 4.0
    """Distances are cut off at so many voxels before the surface and behind it."""
    least_views: float = 1.0
    """Where less is known, by the sum of the cosines at which cameras see it, there is no surface."""
    opaque: float = 0.5
    """Pixels with less alpha show no surface."""
    least_facing: float = 0.1
    """Cosine of the steepest angle at which a surface that is seen counts."""
    farthest: float = 4.0
    """Surfaces beyond so many times the median depth are left out."""
    memory: int = 2000
    """Megabytes that voxels may take; where there would be more, they are made larger."""


class Tsdf:
    """The surface on which depth maps agree."""

    def __init__(self, config: Config) -> None:
        self.config = config

    @torch.no_grad()
    def __call__(self, views: Sequence[DepthMap], say: Callable[[str], None], closed: bool = False) -> Mesh:
        """Bare triangles, counter-clockwise seen from the cameras. What has to be changed is said.

        The surface ends where too little is known; `closed`, what no camera saw is inside. Raises BadInput where the
        cameras see no surface, and OutOfResources where it does not fit into the memory.
        """
        near = [view.within(self.config.farthest * typical_depth(views)) for view in views]
        grid, blocks = self.planned(near, say)
        vertices, faces = self._closed(near, grid, blocks) if closed else self._open(near, grid, blocks)
        if not len(faces):
            raise BadInput("surface", "too few cameras see the same of it", "lower --surface.least-views")
        return Mesh(vertices, faces)

    def _open(self, views: Sequence[DepthMap], grid: Grid, blocks: Blocks) -> tuple[Tensor, Tensor]:
        volume = self.fused(views, grid, blocks)
        known = volume.weights >= self.config.least_views
        return surface_of(grid, blocks, torch.where(known, volume.distances, torch.nan))

    def _closed(self, views: Sequence[DepthMap], grid: Grid, blocks: Blocks) -> tuple[Tensor, Tensor]:
        truncation = self.config.truncation * grid.side
        hull = hull_of(grid, blocks, views, lambda coarse, corners: self.fused(views, coarse, corners, truncation))
        blocks = Blocks.at(torch.cat([blocks.coordinates, hull.crossed()]))
        volume = self.fused(views, grid, blocks)
        return surface_of(grid, blocks, solid_distances(volume, views), hull.distances)

    def planned(self, views: Sequence[DepthMap], say: Callable[[str], None]) -> tuple[Grid, Blocks]:
        """Voxels that fit into the memory, none of which has been made."""
        wanted = side = self.config.voxel * float(torch.cat([_some(view.footprints()) for view in views]).median())
        most = self.config.memory * 1e6 / (BYTES_PER_VOXEL * VOXELS)
        while len(blocks := self._blocks(views, side)) > most:
            if most < 1:
                raise OutOfResources("surface", "does not fit into the memory it may take", "raise --surface.memory")
            side *= max(COARSER, (len(blocks) / most) ** 0.5)
        if side > wanted:
            wider = f"{side / wanted:.2f} times as wide as asked for"
            say(f"note: voxels are {wider}: {self.config.memory} MB hold no more")
        return Grid(torch.zeros(3), side), blocks

    def _blocks(self, views: Sequence[DepthMap], side: float) -> Blocks:
        return blocks_around((view.points() for view in views), Grid(torch.zeros(3), side), MARGIN)

    def fused(self, views: Sequence[DepthMap], grid: Grid, blocks: Blocks, truncation: float | None = None) -> Volume:
        """All views in the blocks. The truncation, in world units, follows from the grid unless it is given."""
        config, volume = self.config, Volume.empty(grid, blocks)
        cut = config.truncation * grid.side if truncation is None else truncation
        reach = max(1, round(config.truncation * config.voxel))
        for view in views:
            fuse(volume, view, planes_of(view, config.least_facing, reach), cut)
        return volume


def typical_depth(views: Sequence[DepthMap]) -> float:
    """The median of all that is seen. Raises BadInput for nothing."""
    seen = torch.cat([_some(view.depth[view.known]) for view in views])
    if not len(seen):
        raise BadInput("surface", "the cameras see nothing that is opaque", "fit for longer, or lower --surface.opaque")
    return float(seen.median())


def _some(values: Tensor) -> Tensor:
    """Enough of them for a median."""
    return values[:: max(1, len(values) // 1000)]
