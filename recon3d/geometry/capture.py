"""Frames that a set of cameras has by itself, whatever frame its files were written in."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.geometry.rays import nearest_point_to_rays
from recon3d.geometry.rotations import rotation_between


def most_different(world_from_camera: Float[Tensor, "v 4 4"], count: int) -> list[int]:
    """The numbers of so many of the cameras, ascending, that stand and look as differently as possible: the one nearest
    to the middle of all, then always the one farthest from those that were chosen (Gonzalez 1985)."""
    places = world_from_camera.double()
    centres = places[:, :3, 3] - places[:, :3, 3].mean(0)
    size = float(centres.norm(dim=-1).max()) or 1.0
    described = torch.cat([centres / size, places[:, :3, 2]], -1)
    chosen = [int(described.sub(described.mean(0)).norm(dim=-1).argmin())]
    away = (described - described[chosen[0]]).norm(dim=-1)
    while len(chosen) < min(count, len(described)):
        away[chosen] = -1.0  # none twice, even where some stand at the same place
        chosen.append(int(away.argmax()))
        away = torch.minimum(away, (described - described[chosen[-1]]).norm(dim=-1))
    return sorted(chosen)


FARTHEST = 10.0
STEADY = 0.2
"""Length of the cameras' mean upward direction below which it says nothing about what is up."""


def object_from_world(
    world_from_camera: Float[Tensor, "v 4 4"], distance: float, upright: bool = True
) -> Float[Tensor, "4 4"]:
    """The similarity to a frame whose origin is what the cameras look at, with the cameras at this mean distance.

    If `upright`, what is up in most pictures is up in it (+z). It does not depend on the order of the cameras, nor on
    where the world's origin is or how large its unit. Cameras that look at nothing in common, or at what is farther
    than FARTHEST of their spread, are taken to look at what lies before their middle so far away; a single one, at 1.
    """
    places = world_from_camera.double()
    centres, forward = places[:, :3, 3], places[:, :3, 2]
    middle, ahead = centres.mean(0), torch.nn.functional.normalize(forward.mean(0), dim=0)
    focus, spread = nearest_point_to_rays(centres, forward), float((centres - middle).norm(dim=-1).max())
    depths = ((focus - centres) * forward).sum(-1)
    if float(depths.min()) <= 0 or float(depths.max()) > FARTHEST * spread:  # all but parallel, or behind some of them
        focus = middle + (FARTHEST * spread or 1.0) * ahead
    scale = distance / (centres - focus).norm(dim=-1).mean()
    up = -places[:, :3, 1].mean(0)
    turn = torch.eye(3).to(places)
    if upright and float(up.norm()) > STEADY:
        turn = rotation_between(up / up.norm(), turn[2])
    matrix = torch.eye(4).to(places)
    matrix[:3, :3], matrix[:3, 3] = scale * turn, -scale * (turn @ focus)
    return matrix.to(world_from_camera)
