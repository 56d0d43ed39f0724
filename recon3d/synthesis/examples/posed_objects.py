"""Training examples without end for encoders of several posed pictures: some views all around a procedural object, and
others to compare with."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float

from recon3d.geometry.transforms import similarity
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.pictures import photographed
from recon3d.synthesis.objects.stock import ObjectStock, varied
from recon3d.types import Cameras, Views

__all__ = ["Config", "PosedObjects"]

Array = np.ndarray

NEAREST, FARTHEST = 2.4, 4.5
"""From how far away objects, which lie in the unit ball, are seen; every camera is at most DISTANCES nearer or farther
than that, as a share."""
DISTANCES = 0.07
LEAST_SHARE, GREATEST_SHARE = 0.7, 1.05
"""Share of a picture's side that the unit ball takes."""
TURNS = 35.0
"""Degrees by which cameras stand elsewhere than evenly around the object."""
ASIDE = 0.06
"""How far from the object's middle what all cameras look at is, along every axis."""


class PosedExample(NamedTuple):
    """Views of one object, z up; all have alpha, the targets depth as well. The first targets are the context."""

    context: Views
    targets: Views


@dataclass(frozen=True)
class Config:
    picture: int = 128
    """Pixels along the sides of all pictures."""
    context: int = 4
    """Views to look at, more or less evenly around the object."""
    others: int = 4
    """Targets of an example besides these, from anywhere."""
    uses: int = 4
    """Examples that are made of an object, one in every round; making an object takes longer than its pictures."""
    slots: int = 192
    """Examples of a round, each of another object. A worker process keeps the objects of the slots that are its own, if
    this is a multiple of the batch times all workers; else more of them are made anew."""


class PosedObjects:
    """Example k follows from the seed and k alone, so any of them may be asked for, on any process.

    Asking in order is quick (see stock). Raises Missing, when first asked, where a package of the extra `synth` is not
    installed.
    """

    def __init__(self, config: Config, seed: int) -> None:
        self.config, self.seed = config, seed
        self.stock = ObjectStock(seed, config.slots, config.uses)

    def __getitem__(self, index: int) -> PosedExample:
        """Example number `index` (>= 0)."""
        config, dice = self.config, Dice((self.seed, 2, index))
        mesh = varied(self.stock[index].mesh, dice)
        angles = np.concatenate([around(dice, config.context), anywhere(dice, config.others)])
        views = photographed(mesh, cameras_around(dice, angles, config.picture))
        return PosedExample(dataclasses.replace(views[: config.context], depth=None), views)


def around(dice: Dice, count: int) -> Float[Array, "v 2"]:
    """Azimuths and elevations, in degrees, of cameras more or less evenly around an object."""
    first = dice.between(0, 360)
    azimuths = [first + 360 * i / count + dice.between(-TURNS, TURNS) for i in range(count)]
    return np.array([[a, np.degrees(np.arcsin(dice.between(-0.3, 0.8)))] for a in azimuths])


def anywhere(dice: Dice, count: int) -> Float[Array, "v 2"]:
    """Of cameras around an object, more of them above than below it."""
    angles = [(dice.between(0, 360), np.degrees(np.arcsin(dice.between(-0.4, 0.87)))) for _ in range(count)]
    return np.array(angles).reshape(count, 2)


def cameras_around(dice: Dice, angles: Float[Array, "v 2"], side: int) -> Cameras:
    """Cameras of one lens, as far from the unit ball and as long as photos of objects are taken, that look at one point
    near its middle; for pictures of side x side pixels."""
    distance, share = dice.between(NEAREST, FARTHEST), dice.between(LEAST_SHARE, GREATEST_SHARE)
    azimuths, elevations = np.radians(angles).T
    level = np.cos(elevations)
    places = np.stack([level * np.cos(azimuths), level * np.sin(azimuths), np.sin(elevations)], -1)
    factors = distance * (1 + dice.rng.uniform(-DISTANCES, DISTANCES, len(angles)))
    focal = 0.5 * share * (distance**2 - 1) ** 0.5
    cameras = Cameras.facing_origin(torch.from_numpy(places * factors[:, None]).float(), focal).resized(side, side)
    return cameras.moved(similarity(1.0, torch.from_numpy(dice.place(ASIDE)).float()))
