"""Depth maps averaged into a signed distance at voxels (Curless and Levoy 1996)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional

from recon3d.meshing.blocks import SIDE, VOXELS, Blocks, Grid, offsets
from recon3d.meshing.depth_maps import DepthMap, Planes

BLOCKS_AT_ONCE = 64
"""So many that their numbers stay in a core's cache."""
TILE = 16
"""Pixels along the side of a tile of which the greatest depth is known."""
FAR = 1e30
"""A distance beyond any truncation."""


class Volume(NamedTuple):
    """Blocks of voxels, and what was averaged at each."""

    grid: Grid
    blocks: Blocks
    summed: Float[Tensor, "b 512"]
    """Weights times signed distances in truncations, which reach from -1 behind a surface to 1 before it."""
    weights: Float[Tensor, "b 512"]

    @staticmethod
    def empty(grid: Grid, blocks: Blocks) -> Volume:
        return Volume(grid, blocks, *(torch.zeros(len(blocks), VOXELS) for _ in range(2)))

    @property
    def distances(self) -> Float[Tensor, "b 512"]:
        """The mean, in truncations; 0 where nothing was averaged."""
        return self.summed / self.weights.clamp_min(1e-9)


class Lens(NamedTuple):
    """A camera's numbers."""

    rotation: Float[Tensor, "3 3"]
    translation: Float[Tensor, "3"]
    intrinsics: Float[Tensor, "3 3"]

    @staticmethod
    def of(view: DepthMap) -> Lens:
        place = view.camera.camera_from_world[0].float()
        return Lens(place[:3, :3], place[:3, 3], view.camera.intrinsics[0].float())


@torch.no_grad()
def fuse(volume: Volume, view: DepthMap, planes: Planes, truncation: float) -> None:
    """Add one view to the volume, whose numbers change.

    The distance of a voxel to a pixel's plane counts as much as the plane does; behind the plane ever less, until at
    the truncation, in world units, it counts nothing: what is there may be another surface (Bylow et al. 2013).
    """
    lens, grid = Lens.of(view), volume.grid
    corners = (volume.blocks.coordinates * SIDE * grid.side + grid.origin).float() @ lens.rotation.mT
    corners = corners + lens.translation
    steps = (offsets() * grid.side).float() @ lens.rotation.mT
    table, width = _table(planes), planes.offset.shape[1] + 2
    shown = _shown(corners, steps, view, lens, truncation)
    for some in shown.split(BLOCKS_AT_ONCE):
        x, y, z = (corners[some, None, i] + steps[None, :, i] for i in range(3))
        pixels = _pixels(x, y, z, lens, width, table.shape[1]).view(-1)
        along_x, along_y, along_z, offset, trust = (column.index_select(0, pixels).view_as(x) for column in table)
        distance = (along_x * x).addcmul_(along_y, y).addcmul_(along_z, z).sub_(offset).mul_(1 / truncation)
        weight = distance.add(1).clamp_(0, 1).mul_(trust)
        volume.weights.index_add_(0, some, weight)
        volume.summed.index_add_(0, some, distance.clamp_(-1, 1).mul_(weight))


def _table(planes: Planes) -> Float[Tensor, "5 p"]:
    """A column per pixel, with a border of a pixel that knows nothing."""
    rows = torch.cat([planes.normal.permute(2, 0, 1), planes.offset.clamp_min(-FAR)[None], planes.weight[None]])
    return functional.pad(rows, (1, 1, 1, 1)).view(5, -1)


def _pixels(x: Tensor, y: Tensor, z: Tensor, lens: Lens, width: int, count: int) -> Int[Tensor, "b 512"]:
    """Columns of the table that the points fall on."""
    (fx, skew, cx), (_, fy, cy) = lens.intrinsics[:2].tolist()
    nearer = z.clamp_min(1e-12).reciprocal_()
    row = (y * nearer).mul_(fy).add_(cy + 1).clamp_(0, count // width - 1)
    column = (x * nearer).mul_(fx).add_(cx + 1)
    if skew:
        column.addcmul_(y, nearer, value=skew)
    column = column.clamp_(0, width - 1).int()
    behind = z <= 0
    return torch.where(behind, 0, row.int().mul_(width).add_(column))


def _shown(
    corners: Float[Tensor, "b 3"], steps: Float[Tensor, "512 3"], view: DepthMap, lens: Lens, truncation: float
) -> Int[Tensor, " k"]:
    """Blocks that lie at least partly in the picture and not behind all that it shows there."""
    middle, radius = corners + steps.mean(0), float((steps - steps.mean(0)).norm(dim=-1).max())
    depth = middle[:, 2].clamp_min(1e-12)
    pixels = middle[:, :2] / depth[:, None] @ lens.intrinsics[:2, :2].mT + lens.intrinsics[:2, 2]
    reach = radius / depth * float(lens.intrinsics.diagonal()[:2].max())
    size = torch.tensor(view.camera.size)
    within = (middle[:, 2] > -radius) & ((pixels > -reach[:, None]) & (pixels < size + reach[:, None])).all(-1)
    tiles = _deepest(view.depth)
    column, row = (pixels / TILE).long().clamp_min(0).minimum(torch.tensor(tiles.shape).flip(0) - 1).unbind(-1)
    hidden = (reach < TILE) & (middle[:, 2] - radius - truncation > tiles[row, column])
    return torch.nonzero(within & ~hidden & _ahead(middle, radius)).squeeze(-1)


def _ahead(middle: Float[Tensor, "b 3"], radius: float) -> Bool[Tensor, " b"]:
    return middle[:, 2] > radius


def _deepest(depth: Float[Tensor, "h w"]) -> Float[Tensor, "r c"]:
    """The greatest depth of every tile and of those around it."""
    height, width = depth.shape
    padded = functional.pad(depth, (0, -width % TILE, 0, -height % TILE))
    tiles = functional.max_pool2d(padded[None], TILE)
    return functional.max_pool2d(tiles, 3, 1, 1)[0]
