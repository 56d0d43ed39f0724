"""Splatting, after Kerbl et al., "3D Gaussian Splatting" (2023) and Zwicker et al., "EWA Splatting" (2002)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional

from recon3d.geometry import spherical_harmonics
from recon3d.geometry.rotations import rotation_from_quaternion
from recon3d.kernels.interface import (
    ALPHA_MAX,
    ALPHA_MIN,
    COMPENSATION_FLOOR,
    LOW_PASS,
    RADIUS_SIGMAS,
    SLOPE_MARGIN,
    SURFACE_LIGHT,
    TRANSMITTANCE_STOP,
    Camera,
    SplatOptions,
    Splatted,
)

TILE = 16


class Projection(NamedTuple):
    """Gaussians on the image plane, all zero where culled. `conics` are xx, xy, yy of the inverse 2-D covariance."""

    means2d: Float[Tensor, "n 2"]
    depths: Float[Tensor, " n"]
    conics: Float[Tensor, "n 3"]
    radii: Int[Tensor, "n 2"]
    compensations: Float[Tensor, " n"]

    @property
    def visible(self) -> Bool[Tensor, " n"]:
        return (self.radii > 0).all(-1)


def splat(
    means: Float[Tensor, "n 3"],
    quaternions: Float[Tensor, "n 4"],
    scales: Float[Tensor, "n 3"],
    opacities: Float[Tensor, " n"],
    sh: Float[Tensor, "n k 3"],
    camera: Camera,
    options: SplatOptions = SplatOptions(),  # noqa: B008 (immutable)
    mean2d_probe: Float[Tensor, "n 2"] | None = None,
) -> Splatted:
    """Render Gaussians by depth-ordered splatting; differentiable in every tensor, the camera's included.

    World units for `means` and `scales`; `mean2d_probe` (pixels, normally zeros) is added to the projected means.
    """
    projection = project(means, covariances(quaternions, scales), camera, options.near)
    if mean2d_probe is not None:
        projection = projection._replace(means2d=projection.means2d + mean2d_probe)
    if options.antialiased:
        opacities = opacities * projection.compensations
    colours = sh_colours(means, sh, camera.camera_from_world)
    if options.with_depth:
        colours = torch.cat([colours, projection.depths[:, None]], -1)
    blended, alpha = blend(projection, opacities, colours, camera.width, camera.height, options.surface_depth)
    if not options.with_depth:
        return Splatted(blended[..., :3], alpha, None)
    return Splatted(blended[..., :3], alpha, blended[..., 3].detach() if options.surface_depth else blended[..., 3])


def covariances(quaternions: Float[Tensor, "n 4"], scales: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3 3"]:
    """R diag(scale^2) R^T (Kerbl et al., equation 6)."""
    half = rotation_from_quaternion(quaternions) * scales[:, None, :]
    return half @ half.mT


def sh_colours(
    means: Float[Tensor, "n 3"], sh: Float[Tensor, "n k 3"], camera_from_world: Float[Tensor, "4 4"]
) -> Float[Tensor, "n 3"]:
    """Colour of each Gaussian in the direction from the camera centre to its mean, clamped at zero."""
    centre = torch.linalg.inv(camera_from_world)[:3, 3]
    directions = functional.normalize(means - centre, dim=-1)
    basis = spherical_harmonics.sh_basis(directions, spherical_harmonics.degree_of(sh.shape[1]))
    return ((basis[:, :, None] * sh).sum(1) + 0.5).clamp_min(0)


def project(
    means: Float[Tensor, "n 3"], covariance: Float[Tensor, "n 3 3"], camera: Camera, near: float = 0.01
) -> Projection:
    """EWA projection: the 3-D covariance through the Jacobian of the camera at the mean, plus the low-pass."""
    rotation, translation = camera.camera_from_world[:3, :3], camera.camera_from_world[:3, 3]
    local = means @ rotation.mT + translation
    depths = local[:, 2]
    in_front = depths > near
    # A harmless point stands in for those behind, so that no inf or NaN reaches the gradients.
    local = torch.where(in_front[:, None], local, local.new_tensor([0.0, 0.0, 1.0]))
    means2d, jacobian = _PROJECTIONS[camera.projection](local, camera)
    narrow = jacobian @ rotation
    covariance2d = narrow @ covariance @ narrow.mT
    blurred = covariance2d + LOW_PASS * torch.eye(2, dtype=means.dtype, device=means.device)
    determinant = _determinant(blurred)
    radii = torch.ceil(RADIUS_SIGMAS * torch.diagonal(blurred, dim1=-2, dim2=-1).sqrt())
    size = torch.tensor([camera.width, camera.height], dtype=means.dtype, device=means.device)
    on_image = ((means2d + radii > 0) & (means2d - radii < size)).all(-1)
    visible = in_front & on_image & (determinant > 0)
    determinant = torch.where(visible, determinant, 1)
    conics = torch.stack([blurred[:, 1, 1], -blurred[:, 0, 1], blurred[:, 0, 0]], -1) / determinant[:, None]
    dimming = (_determinant(covariance2d) / determinant).clamp_min(COMPENSATION_FLOOR**2).sqrt()
    return Projection(
        torch.where(visible[:, None], means2d, 0),
        torch.where(visible, depths, 0),
        torch.where(visible[:, None], conics, 0),
        torch.where(visible[:, None], radii, 0).to(torch.int64),
        torch.where(visible, dimming, 0),
    )


def _determinant(matrix: Tensor) -> Tensor:
    return matrix[:, 0, 0] * matrix[:, 1, 1] - matrix[:, 0, 1] * matrix[:, 1, 0]


def _pinhole(local: Tensor, camera: Camera) -> tuple[Tensor, Tensor]:
    """Pixels, and d pixel / d camera point with the slope clamped near the image, where the linearisation holds."""
    (fx, fy), (cx, cy) = _focal_and_centre(camera)
    x, y, z = local.unbind(-1)
    margin_x, margin_y = SLOPE_MARGIN * 0.5 * camera.width / fx, SLOPE_MARGIN * 0.5 * camera.height / fy
    slope_x = torch.clamp(x / z, -cx / fx - margin_x, (camera.width - cx) / fx + margin_x)
    slope_y = torch.clamp(y / z, -cy / fy - margin_y, (camera.height - cy) / fy + margin_y)
    zero = torch.zeros_like(z)
    jacobian = torch.stack([fx / z, zero, -fx * slope_x / z, zero, fy / z, -fy * slope_y / z], -1)
    return torch.stack([fx * x / z + cx, fy * y / z + cy], -1), jacobian.unflatten(-1, (2, 3))


def _orthographic(local: Tensor, camera: Camera) -> tuple[Tensor, Tensor]:
    """Focal lengths are pixels per world unit here."""
    (fx, fy), (cx, cy) = _focal_and_centre(camera)
    x, y, _ = local.unbind(-1)
    zero = torch.zeros_like(x)
    jacobian = torch.stack([zero + fx, zero, zero, zero, zero + fy, zero], -1)
    return torch.stack([fx * x + cx, fy * y + cy], -1), jacobian.unflatten(-1, (2, 3))


def _fisheye(local: Tensor, camera: Camera) -> tuple[Tensor, Tensor]:
    """Equidistant: the angle to the axis is the distance from the principal point."""
    (fx, fy), (cx, cy) = _focal_and_centre(camera)
    x, y, z = local.unbind(-1)
    r2 = (x * x + y * y).clamp_min(1e-14)
    r, d2 = r2.sqrt(), x * x + y * y + z * z
    theta = torch.atan2(r, z)
    stretch = theta / r
    along = z / (r2 * d2)  # d theta / d r = z / d2, divided by r2 for the outer product below
    across = theta / (r2 * r)
    jacobian = torch.stack(
        [
            fx * (x * x * along + y * y * across), fx * x * y * (along - across), -fx * x / d2,
            fy * x * y * (along - across), fy * (y * y * along + x * x * across), -fy * y / d2,
        ],
        -1,
    )  # fmt: skip
    return torch.stack([fx * x * stretch + cx, fy * y * stretch + cy], -1), jacobian.unflatten(-1, (2, 3))


_PROJECTIONS = {"pinhole": _pinhole, "orthographic": _orthographic, "fisheye": _fisheye}


def _focal_and_centre(camera: Camera) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    matrix = camera.intrinsics
    return (matrix[0, 0], matrix[1, 1]), (matrix[0, 2], matrix[1, 2])


def blend(
    projection: Projection,
    opacities: Float[Tensor, " n"],
    colours: Float[Tensor, "n c"],
    width: int,
    height: int,
    surface_depth: bool = False,
) -> tuple[Float[Tensor, "h w c"], Float[Tensor, "h w"]]:
    """Front-to-back compositing over black, tile by tile so that memory stays small: (colour, alpha). With
    `surface_depth` the last of the colours is depth, to be averaged as `SplatOptions` says."""
    shown = projection.visible & (opacities.detach() >= ALPHA_MIN)
    order = torch.argsort(projection.depths.detach(), stable=True)
    order = order[shown[order]]
    means2d, conics = projection.means2d[order], projection.conics[order]
    opacities, colours = opacities[order], colours[order]
    low, high = _footprint(means2d.detach(), conics.detach(), opacities.detach())
    rows = []
    for top in range(0, height, TILE):
        row = []
        for left in range(0, width, TILE):
            pixels = _pixels(left, top, min(TILE, width - left), min(TILE, height - top), means2d)
            touched = ((high >= pixels[0, 0]) & (low <= pixels[-1, -1])).all(-1)
            some = means2d[touched], conics[touched], opacities[touched], colours[touched]
            row.append(_blend_tile(pixels, *some, surface_depth))
        rows.append(torch.cat(row, 1))
    image = torch.cat(rows, 0)
    return image[..., :-1], image[..., -1]


def _footprint(means2d: Tensor, conics: Tensor, opacities: Tensor) -> tuple[Tensor, Tensor]:
    """Corners of the box outside which alpha < ALPHA_MIN (Speedy-Splat's SnugBox, Hanson et al. 2025, equation 10)."""
    determinant = conics[:, 0] * conics[:, 2] - conics[:, 1] ** 2
    variances = torch.stack([conics[:, 2], conics[:, 0]], -1) / determinant[:, None]
    reach = (2 * torch.log(opacities / ALPHA_MIN)).clamp_min(0)[:, None]
    extent = (reach * variances).sqrt() * (1 + 1e-5) + 1e-3
    return means2d - extent, means2d + extent


def _pixels(left: int, top: int, width: int, height: int, like: Tensor) -> Tensor:
    x = torch.arange(left, left + width, dtype=like.dtype, device=like.device) + 0.5
    y = torch.arange(top, top + height, dtype=like.dtype, device=like.device) + 0.5
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)


def _blend_tile(
    pixels: Tensor, means2d: Tensor, conics: Tensor, opacities: Tensor, colours: Tensor, surface_depth: bool
) -> Tensor:
    """Colour channels and, last, alpha of one tile: h w (c + 1)."""
    dx, dy = (pixels[:, :, None, :] - means2d).unbind(-1)
    power = -0.5 * (conics[:, 0] * dx * dx + conics[:, 2] * dy * dy) - conics[:, 1] * dx * dy
    alpha = opacities * torch.exp(power)
    alpha = torch.where(alpha >= ALPHA_MIN, alpha.clamp_max(ALPHA_MAX), 0)
    after = torch.cumprod(1 - alpha, -1)
    alpha = torch.where(after.detach() > TRANSMITTANCE_STOP, alpha, 0)
    after = torch.cumprod(1 - alpha, -1)
    before = torch.cat([torch.ones_like(after[..., :1]), after[..., :-1]], -1) if after.shape[-1] else after
    weights = alpha * before
    summed, total = weights @ colours, weights.sum(-1, keepdim=True)
    if surface_depth:
        taken = (before.clamp_max(SURFACE_LIGHT[0]) - after.clamp_min(SURFACE_LIGHT[1])).clamp_min(0)
        mean = (taken @ colours[:, -1:]) / taken.sum(-1, keepdim=True).clamp_min(1e-12)
        summed = torch.cat([summed[..., :-1], mean * total], -1)
    return torch.cat([summed, total], -1)
