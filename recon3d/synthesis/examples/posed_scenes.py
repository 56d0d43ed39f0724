"""Training examples without end for encoders of several posed pictures: views of rooms, facades and things on the
ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recon3d.synthesis.examples.posed_objects import PosedExample
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.pictures import photographed
from recon3d.synthesis.objects.stock import ObjectStock
from recon3d.synthesis.scenes.building import Built
from recon3d.synthesis.scenes.kinds import any_scene
from recon3d.types import Views

__all__ = ["Config", "PosedScenes"]


CLOSE, BLOCKED = 0.15, 0.35
"""Share of the distance at which something is in a camera's way, and of a picture that it may hide;"""
ATTEMPTS = 6
"""so often others are taken instead."""


@dataclass(frozen=True)
class Config:
    picture: int = 128
    """Pixels along the sides of all pictures."""
    context: int = 4
    """Views to look at, side by side."""
    others: int = 4
    """Targets of an example besides these, from between them and a little beyond."""
    uses: int = 16
    """Examples that are made of a scene, one in every round."""
    slots: int = 64
    """Examples of a round, each of another scene."""
    things: int = 24
    """Objects that are there for all scenes at a time; each stands in many."""


class PosedScenes:
    """Example k follows from the seed and k alone, so any of them may be asked for, on any process.

    Asking in order is quick: a scene is kept for as long as it is used. Raises Missing, when first asked, where a
    package of the extra `synth` is not installed.
    """

    def __init__(self, config: Config, seed: int) -> None:
        self.config, self.seed = config, seed
        self._things = ObjectStock(seed, config.things, config.uses)
        self._kept: dict[int, tuple[int, Built]] = {}

    def __getitem__(self, index: int) -> PosedExample:
        """Example number `index` (>= 0). Nothing is transparent: the context has no alpha, that of the targets is 1, so
        that what is transparent in a rendering counts as wrong."""
        dice, built = Dice((self.seed, 4, index)), self._scene(index)
        for _ in range(ATTEMPTS):
            views = self._photographed(built, dice)
            assert views.depth is not None
            blocked = (views.depth < CLOSE * built.stand.distance).float().mean((1, 2))
            if float(blocked.max()) < BLOCKED:
                break
        return PosedExample(Views(views.cameras, views.images)[: self.config.context], views)

    def _photographed(self, built: Built, dice: Dice) -> Views:
        config = self.config
        even = np.linspace(-1, 1, config.context) + 0.2 * dice.rng.uniform(-1, 1, config.context)
        turns = [*dice.rng.permutation(even), *dice.rng.uniform(-1.1, 1.1, config.others)]
        return photographed(built.mesh, built.stand.cameras(dice, turns, config.picture))

    def _scene(self, index: int) -> Built:
        slot, generation = index % self.config.slots, index // (self.config.slots * self.config.uses)
        kept, built = self._kept.get(slot, (-1, None))
        if built is None or kept != generation:
            dice, count = Dice((self.seed, 3, slot, generation)), self.config.things
            first, turn = dice.count(0, count - 1), generation * self.config.uses
            built = any_scene(dice, lambda k: self._things[turn * count + (first + k) % count].mesh)
            self._kept[slot] = (generation, built)
        return built
