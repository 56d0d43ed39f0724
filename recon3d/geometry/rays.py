"""Pixels, rays and the points they meet."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def pixel_centres(width: int, height: int, like: Tensor) -> Float[Tensor, "h w 2"]:
    """Pixel (i, j) has its centre at (i + 0.5, j + 0.5); dtype and device as `like`."""
    x = torch.arange(width, dtype=like.dtype, device=like.device) + 0.5
    y = torch.arange(height, dtype=like.dtype, device=like.device) + 0.5
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)


def normalised_from_pixels(
    pixels: Float[Tensor, "... 2"], intrinsics: Float[Tensor, "*v 3 3"]
) -> Float[Tensor, "... 2"]:
    """Points on the plane z = 1 of the camera frame (still distorted if the lens is). Leading axes broadcast."""
    y = (pixels[..., 1] - intrinsics[..., 1, 2]) / intrinsics[..., 1, 1]
    x = (pixels[..., 0] - intrinsics[..., 0, 2] - intrinsics[..., 0, 1] * y) / intrinsics[..., 0, 0]
    return torch.stack([x, y], -1)


def pixels_from_normalised(points: Float[Tensor, "... 2"], intrinsics: Float[Tensor, "3 3"]) -> Float[Tensor, "... 2"]:
    """Inverse of `normalised_from_pixels`."""
    x, y = points.unbind(-1)
    return torch.stack(
        [
            intrinsics[0, 0] * x + intrinsics[0, 1] * y + intrinsics[0, 2],
            intrinsics[1, 1] * y + intrinsics[1, 2],
        ],
        -1,
    )


def homogeneous(points: Float[Tensor, "... d"]) -> Float[Tensor, "... d+1"]:
    """Points with a 1 appended."""
    return torch.cat([points, torch.ones_like(points[..., :1])], -1)


def nearest_point_to_rays(origins: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"]) -> Float[Tensor, "3"]:
    """The point with the least squared distance to all lines; the mean origin where the lines are parallel."""
    directions = directions / directions.norm(dim=-1, keepdim=True)
    projectors = torch.eye(3).to(origins) - directions[:, :, None] * directions[:, None, :]
    normal = projectors.sum(0)
    if torch.linalg.cond(normal) > 1e6:
        return origins.mean(0)
    return torch.linalg.solve(normal, (projectors @ origins[:, :, None]).sum(0)).squeeze(-1)


def flipped(directions: Float[Tensor, "n 3"], normals: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
    """Directions from which the mirror image of a viewer looks at where the rays go, if the normals there have length
    1 and the mirror holds them (FlipNeRF, Seo et al. 2023). Flipped twice, they are as before."""
    return 2 * (normals * directions).sum(-1, keepdim=True) * normals - directions


def triangulate(projections: Float[Tensor, "v n 3 4"], pixels: Float[Tensor, "v n 2"]) -> Float[Tensor, "n 3"]:
    """Points seen at `pixels` through `projections` (pixel_from_world): the linear method of Hartley and Zisserman,
    "Multiple View Geometry", section 12.2, with rows scaled to unit length.
    """
    rows_x = pixels[..., 0:1] * projections[..., 2, :] - projections[..., 0, :]
    rows_y = pixels[..., 1:2] * projections[..., 2, :] - projections[..., 1, :]
    rows = torch.cat([rows_x, rows_y], 0).transpose(0, 1)
    rows = rows / rows.norm(dim=-1, keepdim=True).clamp_min(1e-12)
    solution = torch.linalg.svd(rows).Vh[:, -1]
    return solution[:, :3] / solution[:, 3:]


def meet_box(
    origins: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"], half_size: float
) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    """Where rays enter and leave the cube from -half_size to half_size, in lengths of their directions, never behind
    their origins; a ray that misses it leaves before it enters (Kay and Kajiya 1986)."""
    tiny = torch.full_like(directions, 1e-6)
    slopes = torch.where(directions.abs() < 1e-6, tiny, directions)
    low, high = (-half_size - origins) / slopes, (half_size - origins) / slopes
    enter = torch.minimum(low, high).amax(-1).clamp_min(0)
    return enter, torch.maximum(low, high).amin(-1)
