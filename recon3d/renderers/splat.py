"""Depth-ordered splatting of Gaussians (Kerbl et al. 2023) by the best kernel for their device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from recon3d import kernels
from recon3d.types import Cameras, Gaussians, Rendering

__all__ = ["Config", "Splat"]


@dataclass(frozen=True)
class Config:
    near: float = 0.01
    """Gaussians nearer than this are not drawn; in units of the cameras' spread."""
    antialiased: bool = False
    """Dim Gaussians thinner than a pixel by what the low-pass filter widens them (Mip-Splatting)."""


class Splat:
    """Gaussians seen by pinhole cameras."""

    accepts = Gaussians

    def __init__(self, config: Config) -> None:
        self.config = config

    def __call__(self, gaussians: Gaussians, cameras: Cameras, depth: bool | Literal["surface"] = False) -> Rendering:
        """Pictures of all cameras, which must share one size. Depth is the mean of all that is seen; that of the
        "surface" leaves out what shines through it and the haze before it, and has no gradient.

        Raises ValueError where the cameras have a lens other than a pinhole or differ in size.
        """
        if cameras.lens != "pinhole":
            raise ValueError(f"splatting draws pinhole cameras only, not {cameras.lens}")
        width, height = cameras.size
        options = kernels.SplatOptions(self.config.near, self.config.antialiased, bool(depth), depth == "surface")
        pictures = [
            kernels.splat(
                gaussians.means,
                gaussians.quaternions,
                gaussians.scales,
                gaussians.opacities,
                gaussians.sh,
                camera=kernels.Camera(camera_from_world, intrinsics, width, height),
                options=options,
                mean2d_probe=gaussians.mean2d_probe,
            )
            for camera_from_world, intrinsics in zip(cameras.camera_from_world, cameras.intrinsics, strict=True)
        ]
        colour, alpha = _stack([p.colour for p in pictures]), _stack([p.alpha for p in pictures])
        if not depth:
            return Rendering(colour, alpha)
        summed = _stack([p.depth for p in pictures if p.depth is not None])
        return Rendering(colour, alpha, summed / alpha.clamp_min(1e-6))


def _stack(pictures: list[Tensor]) -> Tensor:
    """As torch.stack, but a single picture, the usual case in a fit, is not copied."""
    return pictures[0][None] if len(pictures) == 1 else torch.stack(pictures)
