"""mip-NeRF's renderer: cones through pixels, marched twice through one field (Barron et al. 2021)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch

from recon3d.geometry.cones import RADIUS_OF_PIXEL
from recon3d.geometry.rays import meet_box
from recon3d.renderers.marching.cones import march_cones
from recon3d.renderers.marching.rays import Marched, Rays, pictures
from recon3d.representations.mip_nerf import MipNerf
from recon3d.types import Cameras, RadianceField, RayMixture, Rendering

__all__ = ["ConeMarch", "Config"]


@dataclass(frozen=True)
class Config:
    samples: int = 128
    """Frustums of every cone, and as many again where the first ones saw something."""
    nearest: float = 0.2
    """Cones begin no nearer to the viewer, in half sizes of the field."""
    flipped: float = 0.0
    """While a field is learnt, so many of the cones, as a share, are followed from the mirror images of their viewers
    too, for the objective (FlipNeRF, which takes all)."""
    rays_at_once: int = 4096
    """Bounds the memory: more cones are marched in turn."""


class ConeMarch:
    """A field of mip-NeRF seen by cameras of any lens. While gradients are wanted, what the samples of the first march
    say is part of its `coarse` rendering, and what those of flipped cones say too, if that is asked for."""

    accepts = RadianceField

    def __init__(self, config: Config) -> None:
        self.config = config

    def __call__(self, field: RadianceField, cameras: Cameras, depth: bool = False) -> Rendering:
        """Pictures of all cameras. Depth is z, as everywhere.

        Raises ValueError where the cameras differ in size, and where the field is not one of mip-NeRF.
        """
        if not isinstance(field, MipNerf):
            raise ValueError(f"cones are marched through a MipNerf, not a {type(field).__name__}")
        origins, directions = cameras.rays()
        lengths = directions.norm(dim=-1)
        radii = (RADIUS_OF_PIXEL / cameras.intrinsics[:, 0, 0, None, None] / lengths).flatten()
        origins, directions = origins.flatten(0, 2), (directions / lengths[..., None]).flatten(0, 2)
        near, far = meet_box(origins, directions, field.half_size)
        near = near.clamp_min(self.config.nearest * field.half_size)
        hit = torch.nonzero(far > near).squeeze(-1)
        fine, coarse, mixtures, flipped = [], [], [], []
        for some in hit.split(self.config.rays_at_once):
            rays = Rays(*(tensor[some] for tensor in (origins, directions, near, far)))
            seen = march_cones(field, rays, radii[some], self.config.samples, self.config.flipped)
            fine.append(seen.fine)
            coarse.append(seen.coarse)
            mixtures += [dataclasses.replace(seen.mixture, rays=some)] if seen.mixture else []
            flipped += [dataclasses.replace(m, rays=some[m.rays])] if (m := seen.flipped) else []
        final, first = (pictures(Marched.joined(m).among(len(near), hit), lengths, depth) for m in (fine, coarse))
        mixture, mirrored = (RayMixture.joined(told) if told else None for told in (mixtures, flipped))
        return dataclasses.replace(final, coarse=dataclasses.replace(first, mixture=mixture, flipped=mirrored))
