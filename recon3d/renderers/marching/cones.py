"""mip-NeRF's march (Barron et al. 2021): cones around rays are cut into frustums, then once more where those saw
something. FlipNeRF (Seo et al. 2023) also follows rays that come from the mirror images of their viewers."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from recon3d.geometry.cones import frustums
from recon3d.geometry.rays import flipped
from recon3d.renderers.marching.importance import Draws, drawn, smoothed
from recon3d.renderers.marching.rays import Marched, Rays, stratified, weights_of
from recon3d.representations.mip_nerf import MipNerf
from recon3d.types import RayMixture


class Seen(NamedTuple):
    """What a march saw at last and at first; what the samples of the first said, and those of flipped rays, if they
    were followed. Rays are counted among those of the march."""

    fine: Marched
    coarse: Marched
    mixture: RayMixture | None = None
    flipped: RayMixture | None = None


class Cones(NamedTuple):
    """`radii` are those at distance 1; distances count in lengths of the directions."""

    origins: Float[Tensor, "n 3"]
    directions: Float[Tensor, "n 3"]
    radii: Float[Tensor, " n"]


class Looked(NamedTuple):
    """What cones saw of a field; `normals` are those at the samples of the first k, None where none were asked for."""

    marched: Marched
    mixture: RayMixture
    normals: Float[Tensor, "k s 3"] | None


def march_cones(field: MipNerf, rays: Rays, radii: Float[Tensor, " n"], samples: int, flip: float) -> Seen:
    """What cones of these radii around rays see with so many frustums in either pass.

    Only while gradients are wanted, frustums begin where chance would put them, mixtures are told, and the first of the
    rays, this share of them, are flipped.
    """
    learning = torch.is_grad_enabled()
    count, cones = len(radii), Cones(rays.origins, rays.directions, radii)
    draws = (Draws.spread if learning else Draws.even)(count, samples + 1, samples + 1, radii)
    edges = _cut(rays, field.reach, draws.coarse)
    followed = round(count * flip) if learning else 0
    first = _first_look(field, cones, edges, followed)
    again = drawn(smoothed(first.mixture.weights.detach()), edges, draws.fine)
    final = look(field, cones, again).marched
    if first.normals is None:
        return Seen(final, first.marched, first.mixture if learning else None)
    mirrored, facing = flipped_cones(cones, edges, first)
    other = look(field, mirrored, edges[facing]).mixture
    return Seen(final, first.marched, first.mixture, dataclasses.replace(other, rays=facing))


def _first_look(field: MipNerf, cones: Cones, edges: Float[Tensor, "n e"], followed: int) -> Looked:
    """What all cones see; with normals of the first so many alone, which cost as much as all the rest."""
    if not followed:
        return look(field, cones, edges)
    known = look(field, Cones(*(tensor[:followed] for tensor in cones)), edges[:followed], normals=True)
    if followed == len(edges):
        return known
    rest = look(field, Cones(*(tensor[followed:] for tensor in cones)), edges[followed:])
    mixture = dataclasses.replace(
        rest.mixture, rays=rest.mixture.rays + followed, facing=torch.zeros_like(rest.mixture.weights)
    )
    return Looked(
        Marched.joined([known.marched, rest.marched]), RayMixture.joined([known.mixture, mixture]), known.normals
    )


def _cut(rays: Rays, reach: float, draws: Float[Tensor, "n e"]) -> Float[Tensor, "n e"]:
    """Edges of frustums along that share of the rays, around their middles."""
    middle, half = (rays.near + rays.far) / 2, (rays.far - rays.near) / 2 * reach
    return stratified(rays._replace(near=middle - half, far=middle + half), draws)


def look(field: MipNerf, cones: Cones, edges: Float[Tensor, "n e"], normals: bool = False) -> Looked:
    """What is seen of the frustums between the edges."""
    means, variances = frustums(*cones, edges)
    viewing = functional.normalize(cones.directions, dim=-1)[:, None].expand_as(means)
    answers = field.ask(means.flatten(0, 1), variances.flatten(0, 1), viewing.flatten(0, 1), normals)
    density, colours, scales, features = (tensor.unflatten(0, means.shape[:2]) for tensor in answers[:4])
    weights = weights_of(density * edges.diff(dim=1) * cones.directions.norm(dim=-1, keepdim=True))
    mixture = RayMixture(torch.arange(len(edges), device=edges.device), weights, colours, scales, features)
    marched = _marched(mixture, edges)
    if answers.normals is None:
        return Looked(marched, mixture, None)
    surfaces = answers.normals.unflatten(0, means.shape[:2])
    facing = (surfaces * viewing).sum(-1)
    return Looked(marched, dataclasses.replace(mixture, facing=facing), surfaces)


def _marched(mixture: RayMixture, edges: Float[Tensor, "n e"]) -> Marched:
    weights, middles = mixture.weights, (edges[:, :-1] + edges[:, 1:]) / 2
    alpha = weights.sum(1)
    distance = (weights * middles).sum(1) / alpha.clamp_min(torch.finfo(alpha.dtype).tiny)
    return Marched((weights[..., None] * mixture.colours).sum(1), alpha, distance)


def flipped_cones(cones: Cones, edges: Float[Tensor, "n e"], seen: Looked) -> tuple[Cones, Int[Tensor, " k"]]:
    """Cones that meet the same surfaces at the same distances, from the mirror images of their viewers, and the numbers
    of those that have one: their normals must be known, and the surface face the viewer.

    A surface lies where a ray sees most. Its normal is the mean of what the ray sees, and shorter than 1 where it sees
    little or many.
    """
    assert seen.normals is not None  # asked for
    count = len(seen.normals)
    weights, edges = seen.mixture.weights[:count], edges[:count]
    normals = (weights[..., None] * seen.normals).sum(1)
    facing = torch.nonzero((normals * cones.directions[:count]).sum(-1) < 0).squeeze(-1)
    middles = (edges[:, :-1] + edges[:, 1:]) / 2
    distance = middles.gather(1, weights.argmax(1, keepdim=True))[facing]
    origins, directions, radii = (tensor[facing] for tensor in cones)
    mirrored = flipped(directions, normals[facing])
    return Cones(origins + distance * (directions - mirrored), mirrored, radii), facing
