"""Rays through a box, and what they see of the stretches they are cut into."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from recon3d import kernels
from recon3d.types import Rendering

GUARD = 1e-10
"""Added to what each sample lets through, so that gradients stay finite."""


class Rays(NamedTuple):
    """Rays through the box: directions have unit length, and the box is met from `near` to `far`."""

    origins: Float[Tensor, "n 3"]
    directions: Float[Tensor, "n 3"]
    near: Float[Tensor, " n"]
    far: Float[Tensor, " n"]

    def points(self, distances: Float[Tensor, "n s"]) -> Float[Tensor, "n s 3"]:
        return self.origins[:, None] + distances[..., None] * self.directions[:, None]


class Marched(NamedTuple):
    """What rays saw; `distance` is the mean along the ray of what is seen, 0 where nothing is."""

    colour: Float[Tensor, "n 3"]
    alpha: Float[Tensor, " n"]
    distance: Float[Tensor, " n"]

    def among(self, count: int, rays: Int[Tensor, " n"]) -> Marched:
        """Of so many rays, which saw nothing but for these."""
        return Marched(*(v.new_zeros(count, *v.shape[1:]).index_copy(0, rays, v) for v in self))

    @staticmethod
    def joined(bundles: list[Marched]) -> Marched:
        """What the rays of all bundles saw."""
        return Marched(*(torch.cat(parts) for parts in zip(*bundles, strict=True)))

    @staticmethod
    def of(seen: Float[Tensor, "n 5"]) -> Marched:
        """From what `kernels.composite` returns."""
        alpha = seen[:, 3]
        return Marched(seen[:, :3], alpha, seen[:, 4] / alpha.clamp_min(torch.finfo(alpha.dtype).tiny))


def weights_of(optical: Float[Tensor, "n s"]) -> Float[Tensor, "n s"]:
    """How much each stretch of a ray shows of itself, by density times length (Max 1995; NeRF, equation 3)."""
    alpha = 1 - torch.exp(-optical)
    through = torch.cumprod(1 - alpha + GUARD, 1)
    return alpha * torch.cat([torch.ones_like(through[:, :1]), through[:, :-1]], 1)


def composited(
    optical: Float[Tensor, "n s"], colour: Float[Tensor, "n s 3"], distances: Float[Tensor, "n s"]
) -> Marched:
    """What is seen of stretches of rays, as many of each, front to back."""
    starts = torch.arange(len(optical) + 1, device=optical.device) * optical.shape[1]
    return Marched.of(kernels.composite(starts, optical.flatten(), colour.flatten(0, 1), distances.flatten()))


def stratified(rays: Rays, draws: Float[Tensor, "n s"]) -> Float[Tensor, "n s"]:
    """Distances from near to far: one in every stretch around even ones, by the draws; 0.5 puts all but the first and
    the last onto them."""
    shares = torch.linspace(0, 1, draws.shape[1], dtype=draws.dtype, device=draws.device)
    even = rays.near[:, None] * (1 - shares) + rays.far[:, None] * shares
    middles = (even[:, :-1] + even[:, 1:]) / 2
    low, high = torch.cat([even[:, :1], middles], 1), torch.cat([middles, even[:, -1:]], 1)
    return low + (high - low) * draws


def pictures(seen: Marched, lengths: Float[Tensor, "v h w"], depth: bool) -> Rendering:
    """What rays of these lengths to a depth of 1 saw, as pictures."""
    distance = seen.distance.unflatten(0, lengths.shape) / lengths if depth else None
    return Rendering(seen.colour.unflatten(0, lengths.shape), seen.alpha.unflatten(0, lengths.shape), distance)
