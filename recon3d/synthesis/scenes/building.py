"""What all kinds of scenes have in common: things that stand somewhere, their shadows, and where one may look from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from recon3d.geometry.transforms import looking_at
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.solids import turn
from recon3d.synthesis.scenes.sheets import darkened, joined
from recon3d.synthesis.surface import Number
from recon3d.types import Cameras, Mesh

Array = np.ndarray
Things = Callable[[int], Mesh]
"""The k-th object that a scene may use, in the unit ball."""


@dataclass(frozen=True)
class Stand:
    """Where a scene is seen from: anywhere on an arc around `focus`, as far from it as `distance`, `height` above it,
    with azimuths (degrees) of at most `spread` on either side of `azimuth`."""

    focus: tuple[float, float, float]
    distance: float
    height: float
    azimuth: float
    spread: float
    focal: float
    """In shares of the picture's side."""

    def cameras(self, dice: Dice, turns: Sequence[Number], side: int) -> Cameras:
        """At these azimuths, from -1 to 1 of the spread, more or less; for pictures of side x side pixels."""
        focus, up = np.array(self.focus), torch.tensor([0.0, 0.0, 1.0])
        places = []
        for share in turns:
            azimuth = np.radians(self.azimuth + self.spread * share)
            distance = self.distance * (1 + 0.15 * dice.between(-1, 1))
            level = distance * np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
            centre = focus + level + [0, 0, self.height + 0.12 * self.distance * dice.between(-1, 1)]
            aim = focus + 0.06 * self.distance * dice.rng.normal(size=3)
            places.append(looking_at(torch.from_numpy(centre).float(), torch.from_numpy(aim).float(), up))
        lens = torch.tensor([[self.focal, 0, 0.5], [0, self.focal, 0.5], [0, 0, 1]])
        one = torch.ones(len(places), dtype=torch.int64)
        return Cameras(torch.stack(places), lens.expand(len(places), 3, 3), one, one).resized(side, side)


@dataclass(frozen=True)
class Built:
    """A scene: one mesh with colours, and where to look at it from."""

    mesh: Mesh
    stand: Stand


def standing(dice: Dice, thing: Mesh, place: Float[Array, "2"], height: Number, ground: Number = 0.0) -> Mesh:
    """An object of that height, turned anyhow, on the ground."""
    assert thing.colours is not None
    vertices = thing.vertices.numpy() @ turn("z", dice.between(0, 360)).T.astype(np.float32)
    low, high = vertices[:, 2].min(), vertices[:, 2].max()
    size = height / max(high - low, np.ptp(vertices[:, :2], axis=0).max() / 1.5)
    moved = (vertices - [0, 0, low]) * size + [*place, ground]
    return Mesh(torch.from_numpy(moved.astype(np.float32)), thing.faces.int(), thing.colours)


def shaded(surfaces: Mesh, things: Sequence[Mesh], strength: Number = 0.6) -> Mesh:
    """The scene as one: surfaces are darker where things stand."""
    share = np.ones(len(surfaces.vertices))
    places = surfaces.vertices.numpy()
    for thing in things:
        low, high = thing.vertices.amin(0).numpy(), thing.vertices.amax(0).numpy()
        middle, radius = (low + high) / 2, float(np.linalg.norm(high[:2] - low[:2])) / 3
        away = np.linalg.norm((places - [*middle[:2], low[2]]) / [radius, radius, 0.5 * radius], axis=-1)
        share *= 1 - strength * np.exp(-(away**2))
    return joined([darkened(surfaces, share), *things])


def apart(dice: Dice, count: int, low: Sequence[Number], high: Sequence[Number], least: Number) -> list[Array]:
    """Up to so many places on the ground between two corners, none nearer to another than `least`."""
    places: list[Array] = []
    for _ in range(20 * count):
        place = dice.rng.uniform(low, high)
        if len(places) < count and all(np.linalg.norm(place - other) >= least for other in places):
            places.append(place)
    return places
