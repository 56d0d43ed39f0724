"""Splatting on NVIDIA GPUs by gsplat (Apache-2.0, the optional extra "cuda"), behind the signature of `reference`.

gsplat caps alpha at 0.999 where the others do at 0.99; apart from that it follows the same rule. What is missing here
(loss, Adam, jitter) runs on the reference, which is plain torch and quick on a GPU.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.geometry.spherical_harmonics import degree_of
from recon3d.kernels.interface import LOW_PASS, Camera, SplatOptions, Splatted

TILE = 16


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
    """`reference.splat` for a pinhole camera."""
    import gsplat

    viewmats, intrinsics = camera.camera_from_world[None], camera.intrinsics[None]
    radii, means2d, depths, conics, dimming = gsplat.fully_fused_projection(
        means,
        None,
        quaternions,
        scales,
        viewmats,
        intrinsics,
        camera.width,
        camera.height,
        eps2d=LOW_PASS,
        near_plane=options.near,
        calc_compensations=options.antialiased,
    )
    if mean2d_probe is not None:
        means2d = means2d + mean2d_probe
    opacities = opacities[None] * dimming if options.antialiased else opacities[None]
    colours = _colours(means, sh, camera)[None]
    if options.with_depth:
        colours = torch.cat([colours, depths[..., None]], -1)
    blended, alpha = _blend(gsplat, (means2d, radii, depths, conics), colours, opacities, camera)
    return Splatted(blended[..., :3], alpha, blended[..., 3] if options.with_depth else None)


def _colours(means: Tensor, sh: Tensor, camera: Camera) -> Tensor:
    import gsplat

    centre = torch.linalg.inv(camera.camera_from_world)[:3, 3]
    colours: Tensor = gsplat.spherical_harmonics(degree_of(sh.shape[1]), means - centre, sh)
    return (colours + 0.5).clamp_min(0)


def _blend(
    gsplat: Any, projected: tuple[Tensor, ...], colours: Tensor, opacities: Tensor, camera: Camera
) -> tuple[Tensor, Tensor]:
    means2d, radii, depths, conics = projected
    tiles = (-(-camera.width // TILE), -(-camera.height // TILE))
    _, pairs, flat = gsplat.isect_tiles(means2d, radii, depths, TILE, *tiles)
    offsets = gsplat.isect_offset_encode(pairs, 1, *tiles)
    image, alpha = gsplat.rasterize_to_pixels(
        means2d, conics, colours, opacities, camera.width, camera.height, TILE, offsets, flat
    )
    return image[0], alpha[0, ..., 0]
