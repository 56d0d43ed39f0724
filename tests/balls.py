"""Training examples that need nothing: one coloured ball each, seen from all around; and a network just fit for it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from recon3d.engine.recipe import Part, Recipe, resolve
from recon3d.engine.train import Config as TrainConfig
from recon3d.geometry.transforms import looking_at
from recon3d.io.zooming import zoomed
from recon3d.metrics import colour_and_mask
from recon3d.types import Cameras, Views

__all__ = ["Balls", "Config"]  # as a recipe wants a part

DISTANCE, FOCAL = 1.9, 1.37
"""Of the cameras; the focal length in shares of the picture."""

BLOCK = {"width": 32, "heads": 2, "hidden": 64}
SMALL: dict[str, dict[str, dict[str, Any]]] = {
    "triposr": {
        "encoder": {
            "picture": 16,
            "width": 32,
            "layers": 1,
            "heads": 2,
            "plane": 4,
            "channels": 8,
            "vision": {"width": 16, "layers": 1, "heads": 2, "hidden": 32, "grid": 2, "patch": 8},
            "decoder": {"hidden": 16, "layers": 2, "density": "softplus"},
        },
        "renderer": {"samples": 12},
    },
    "gslrm_small": {"encoder": {"picture": 24, "patch": 8, "cells": 4, "layers": 1, "block": BLOCK}},
}
CONTEXT = {"triposr": 1, "gslrm_small": 3}
"""Views that each of them looks at."""


class Example(NamedTuple):
    context: Views
    targets: Views


@dataclass(frozen=True)
class Config:
    count: int = 0
    """So many different balls; 0 never repeats one."""
    size: int = 24
    views: int = 2
    context: int = 1


class Balls:
    """Ball number i, of a colour, a radius and a place that follow from the seed and i."""

    def __init__(self, config: Config, seed: int) -> None:
        self.config, self.seed = config, seed

    def __getitem__(self, index: int) -> Example:
        chance = np.random.default_rng((self.seed, index % self.config.count if self.config.count else index))
        colour, centre = chance.uniform(0, 1, 3), chance.uniform(-0.3, 0.3, 3)
        radius = chance.uniform(0.25, 0.45)
        directions = chance.normal(size=(self.config.views, 3))
        around = [torch.tensor(d / np.linalg.norm(d), dtype=torch.float32) for d in directions]
        ball = (*(torch.tensor(v, dtype=torch.float32) for v in (colour, centre)), float(radius))
        angles = torch.arange(self.config.context) * 2 * np.pi / self.config.context
        level = [torch.stack([angle.cos(), angle.sin(), torch.zeros(())]) for angle in angles]
        return Example(seen(*ball, level, self.config.size), seen(*ball, around, self.config.size))


def seen(colour: Tensor, centre: Tensor, radius: float, directions: list[Tensor], size: int) -> Views:
    """The ball from those directions, each pixel the mean of four rays."""
    up = torch.tensor([0.0, 0.0, 1.0])
    places = torch.stack([looking_at(DISTANCE * d, torch.zeros(3), up) for d in directions])
    lens = torch.tensor([[FOCAL, 0, 0.5], [0, FOCAL, 0.5], [0, 0, 1]]).expand(len(places), 3, 3)
    one = torch.ones(len(places), dtype=torch.int64)
    cameras = Cameras(places, lens, one, one).resized(2 * size, 2 * size)
    origins, rays = cameras.rays()
    nearest = torch.linalg.cross(rays / rays.norm(dim=-1, keepdim=True), centre - origins).norm(dim=-1)
    alpha = (nearest < radius).float()
    views = Views(cameras, alpha[..., None] * colour, alpha)
    return Views.stack([zoomed(views[i], 0.5) for i in range(len(views))])


def recipe(balls: Config | None = None, background: Any = "random", system: str = "triposr", **settings: Any) -> Recipe:
    """A system made small, to be trained on balls."""
    defaults: dict[str, Any] = {
        "batch": 2,
        "crop": 12,
        "warm_up": 10,
        "learning_rate": 2e-3,
        "workers": 0,
        "held_out": 0,
        "ema": 0.9,
        "precision": "float32",
    }
    small, objective = resolve(system, SMALL[system]), colour_and_mask.Config(background=background)
    parts = {
        **small.parts,
        "objective": Part("colour_and_mask", objective, colour_and_mask.ColourAndMask),
        "examples": Part("balls", balls or Config(context=CONTEXT[system]), Balls),
    }
    return dataclasses.replace(small, name="balls", parts=parts, train=TrainConfig(**{**defaults, **settings}))
