"""From what a network says of pixels to Gaussians on the rays through them (GS-LRM, Zhang et al. 2024, section 3.3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from recon3d.encoders.networks.hull import hull_entries
from recon3d.encoders.networks.posed_pictures import PixelRays, padded
from recon3d.geometry.spherical_harmonics import dc_from_colour
from recon3d.types import Gaussians, Views

SCALE_SHIFT, LARGEST, OPACITY_SHIFT = -2.3, -1.2, -2.0
"""Added to the logarithms of scales, greatest of these, and added to logits of opacities; as published."""
BOUNDS = (0.005, 0.02)
"""Of scales, as in GRM."""
SWEPT, CLOSEST = 0.08, 0.02
"""Between places that are swept behind a hull; what is nearer to a camera is as large as what is so near."""
PIXEL_SCALE, PIXEL_RANGE = math.log(0.6), 0.7
"""Of Gaussians that begin as pixels: the logarithm of their scale in pixels, and how far it can go up or down."""


@dataclass(frozen=True)
class SplatsConfig:
    sh_degree: int = 0
    depth: Literal["nearest", "camera", "hull", "ratio"] = "camera"
    """Where depths are counted from: the ray's point nearest the origin, the camera, or where the ray enters what all
    silhouettes have in common, which the network is then told. By `ratio`, from the camera too, but in equal ratios:
    what is far may be very far."""
    near: float = 0.1
    """Least depth, along the ray; an equal change of what the network says moves a Gaussian most in the middle."""
    far: float = 4.5
    bounds: float = 0.0
    """While the network learns, pixels' Gaussians are kept within so far of the origin along every axis; 0 lets them
    be anywhere."""
    rules: Literal["gslrm", "grm", "anchored"] = "gslrm"
    """What numbers mean: as in GS-LRM; with scales and colours between bounds, as in GRM (Xu et al. 2024); or how
    Gaussians differ from what pixels show, of their colour and as large as they are."""

    @property
    def numbers(self) -> int:
        """That a network tells of a Gaussian: place, harmonics, scales, quaternion, opacity."""
        return 3 + 3 * (self.sh_degree + 1) ** 2 + 3 + 4 + 1


def free_splats(raw: Float[Tensor, "n k"], config: SplatsConfig) -> Gaussians:
    """Gaussians that are bound to no pixel."""
    means, sh, scales, quaternions, opacities = _parts(raw, config)
    return _published(means, sh, scales, quaternions, opacities, config.rules == "grm")


class Posed(NamedTuple):
    """Pictures of a scene in the frame that a network knows, and what their pixels stand for."""

    views: Views
    rays: PixelRays
    starts: Float[Tensor, "v h w"]
    """Distances along the rays from which depths are counted."""

    @staticmethod
    def of(views: Views, patch: int, config: SplatsConfig) -> Posed:
        """Filled up to whole patches of so many pixels."""
        rays, filled = PixelRays.of(views.cameras), padded(views, patch)
        every = rays if filled is views else PixelRays.of(filled.cameras)
        if config.depth == "hull":  # of the pictures as they are: what they cut off goes on beyond
            starts = every.nearest.clone()
            starts[:, : rays.nearest.shape[1], : rays.nearest.shape[2]] = hull_entries(views, rays)
            return Posed(filled, every, starts)
        return Posed(filled, every, every.nearest if config.depth == "nearest" else torch.zeros_like(every.nearest))


def swept_distances(posed: Posed, config: SplatsConfig, count: int) -> Float[Tensor, "v h w k"]:
    """So many distances along every ray: behind where it enters the hull, or all over its depths."""
    steps = torch.arange(count).to(posed.starts)
    if config.depth == "hull":
        return posed.starts[..., None] + SWEPT * steps
    return _distance(torch.logit((steps + 0.5) / count), posed.starts[..., None], config)


def pixel_splats(raw: Float[Tensor, "v h w k"], posed: Posed, config: SplatsConfig) -> Gaussians:
    """A Gaussian for every pixel that shows something, view by view and row by row. Where pictures have alpha, it is
    part of the opacities."""
    views, rays, starts = posed
    shown = torch.ones_like(views.images[..., 0], dtype=torch.bool) if views.alpha is None else views.alpha > 0
    shown = shown if views.masks is None else shown & views.masks
    places, sh, scales, quaternions, opacities = _parts(raw[shown], config)
    distance = _distance(places.mean(-1), starts[shown], config)
    means = rays.origins[shown] + distance[:, None] * rays.directions[shown]
    if config.bounds and torch.is_grad_enabled():
        means = means.clamp(-config.bounds, config.bounds)
    if config.rules == "anchored":
        sh = torch.cat([sh[:, :1] + dc_from_colour(_colours(views, shown))[:, None], sh[:, 1:]], 1)
        size = distance.clamp_min(CLOSEST)[:, None] / _focal(views)[shown][:, None]
        scales = size * torch.exp(PIXEL_SCALE + PIXEL_RANGE * torch.tanh(scales / PIXEL_RANGE))
        upright = quaternions.new_tensor([1.0, 0.0, 0.0, 0.0])
        splats = Gaussians(means, quaternions + upright, scales, torch.sigmoid(opacities - OPACITY_SHIFT), sh)
    else:
        splats = _published(means, sh, scales, quaternions, opacities, config.rules == "grm")
    if views.alpha is None:
        return splats
    fields = (splats.means, splats.quaternions, splats.scales, splats.opacities * views.alpha[shown], splats.sh)
    return Gaussians(*fields)


def _distance(raw: Float[Tensor, "*n"], starts: Float[Tensor, "*m"], config: SplatsConfig) -> Float[Tensor, "*k"]:
    share = torch.sigmoid(raw)
    if config.depth == "ratio":
        return config.near * (config.far / config.near) ** share + torch.zeros_like(starts)
    return starts + config.near + (config.far - config.near) * share


def _parts(raw: Float[Tensor, "n k"], config: SplatsConfig) -> tuple[Tensor, ...]:
    harmonics = (config.sh_degree + 1) ** 2
    places, sh, scales, quaternions, opacities = raw.split([3, 3 * harmonics, 3, 4, 1], -1)
    return places, sh.unflatten(-1, (harmonics, 3)), scales, quaternions, opacities.squeeze(-1)


def _published(
    means: Tensor, sh: Tensor, scales: Tensor, quaternions: Tensor, opacities: Tensor, bounded: bool
) -> Gaussians:
    if bounded:
        smallest, largest = BOUNDS
        scales = smallest + (largest - smallest) * torch.sigmoid(scales)
        sh = torch.cat([dc_from_colour(torch.sigmoid(sh[:, :1])), sh[:, 1:]], 1)
    else:
        scales = torch.exp((scales + SCALE_SHIFT).clamp_max(LARGEST))
    return Gaussians(means, quaternions, scales, torch.sigmoid(opacities + OPACITY_SHIFT), sh)


def _colours(views: Views, shown: Bool[Tensor, "v h w"]) -> Float[Tensor, "n 3"]:
    """Of what pixels show, without what is behind it."""
    colours = views.images[shown]
    return colours if views.alpha is None else (colours / views.alpha[shown][:, None].clamp_min(1e-3)).clamp(0, 1)


def _focal(views: Views) -> Float[Tensor, "v h w"]:
    """Pixels that a length at an equal distance takes."""
    return views.cameras.intrinsics[:, 0, 0, None, None].expand(views.images.shape[:3])


def kept(splats: Gaussians, faintest: float, most: int) -> Gaussians:
    """Those that can be seen, and of these no more than so many, the most opaque: in the same order."""
    seen = splats.opacities >= faintest
    if int(seen.sum()) > most:
        order = torch.where(seen, splats.opacities, -1.0).argsort(descending=True, stable=True)
        seen = torch.zeros_like(seen).index_fill_(0, order[:most], True)
    return splats.selected(seen)
