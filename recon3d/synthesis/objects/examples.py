"""Training examples without end: a photo of a procedural object, and what it looks like from all around."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.framing import photo_from_object, target_cameras
from recon3d.synthesis.objects.making import RESERVED, procedural_object
from recon3d.synthesis.objects.pictures import photographed
from recon3d.types import Mesh, Views

__all__ = ["Config", "ProceduralExamples"]


class Example(NamedTuple):
    """One photo of an object, in the frame of that photo (see framing), and views of it; all have alpha. The first
    target shows what the photo shows."""

    context: Views
    targets: Views


@dataclass(frozen=True)
class Config:
    picture: int = 128
    """Pixels along the sides of all pictures."""
    views: int = 4
    """Targets of an example: the photo's own view, one near it, and others all around."""
    uses: int = 4
    """Examples that are made of an object, one in every round; making an object takes longer than its pictures."""
    slots: int = 192
    """Examples of a round, each of another object. A worker process keeps the objects of the slots that are its own, if
    this is a multiple of the batch times all workers; else more of them are made anew."""


class ProceduralExamples:
    """Example k follows from the seed and k alone, so any of them may be asked for, on any process.

    A round is `slots` examples, of as many objects; after each round every `uses`-th of them gives way to a new one.
    Objects last asked for are kept: asking in order is quick. Raises Missing, when first asked, where a package of the
    extra `synth` is not installed.
    """

    def __init__(self, config: Config, seed: int) -> None:
        self.config, self.seed = config, seed
        self._kept: dict[int, tuple[int, Mesh]] = {}

    def __getitem__(self, index: int) -> Example:
        """Example number `index` (>= 0)."""
        dice = Dice((self.seed, 1, index))
        mesh = self._object(index)
        placed = mesh.moved(photo_from_object(dice, mesh.vertices).to(mesh.vertices))
        targets = photographed(placed, target_cameras(dice, self.config.views, self.config.picture))
        return Example(targets[0], targets)

    def object_seed(self, index: int) -> int:
        """The seed of the object that an example shows: below RESERVED."""
        slot, generation = self._place(index)
        return int(np.random.default_rng((self.seed, 0, slot, generation)).integers(RESERVED))

    def _place(self, index: int) -> tuple[int, int]:
        """The slot of an example, and how many objects it has had before."""
        turn, slot = divmod(index, self.config.slots)
        return slot, (turn + slot % self.config.uses) // self.config.uses

    def _object(self, index: int) -> Mesh:
        slot, generation = self._place(index)
        kept = self._kept.get(slot)
        if kept is None or kept[0] != generation:
            mesh = procedural_object(self.object_seed(index))
            # There are many: 32 bits will do.
            kept = self._kept[slot] = generation, dataclasses.replace(mesh, faces=mesh.faces.int())
        return kept[1]
