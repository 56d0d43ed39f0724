"""Training examples without end: a photo of a procedural object, and what it looks like from all around."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.framing import outermost, photo_from_object, target_cameras
from recon3d.synthesis.objects.making import RESERVED, procedural_object
from recon3d.synthesis.objects.pictures import photographed
from recon3d.types import Mesh, Views

__all__ = ["Config", "ProceduralExamples"]


class Example(NamedTuple):
    """One photo of an object, in the frame of that photo (see framing), and views of it; all have alpha, the targets
    depth as well. The first target shows what the photo shows."""

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


class _Kept(NamedTuple):
    """The object of a slot, after so many others, and those of its vertices that decide how it is framed."""

    generation: int
    mesh: Mesh
    outline: Tensor


class ProceduralExamples:
    """Example k follows from the seed and k alone, so any of them may be asked for, on any process.

    A round is `slots` examples, of as many objects; after each round every `uses`-th of them gives way to a new one.
    Objects last asked for are kept: asking in order is quick. Raises Missing, when first asked, where a package of the
    extra `synth` is not installed.
    """

    def __init__(self, config: Config, seed: int) -> None:
        self.config, self.seed = config, seed
        self._kept: dict[int, _Kept] = {}

    def __getitem__(self, index: int) -> Example:
        """Example number `index` (>= 0)."""
        dice = Dice((self.seed, 1, index))
        _, mesh, outline = self._object(index)
        photo_from_mesh = photo_from_object(dice, outline).to(mesh.vertices)
        targets = photographed(
            varied(mesh.moved(photo_from_mesh), dice), target_cameras(dice, self.config.views, self.config.picture)
        )
        return Example(dataclasses.replace(targets[0], depth=None), targets)

    def object_seed(self, index: int) -> int:
        """The seed of the object that an example shows: below RESERVED."""
        slot, generation = self._place(index)
        return int(np.random.default_rng((self.seed, 0, slot, generation)).integers(RESERVED))

    def _place(self, index: int) -> tuple[int, int]:
        """The slot of an example, and how many objects it has had before."""
        turn, slot = divmod(index, self.config.slots)
        return slot, (turn + slot % self.config.uses) // self.config.uses

    def _object(self, index: int) -> _Kept:
        slot, generation = self._place(index)
        kept = self._kept.get(slot)
        if kept is None or kept.generation != generation:
            mesh = procedural_object(self.object_seed(index))
            mesh = dataclasses.replace(mesh, faces=mesh.faces.int())  # there are many: 32 bits will do
            kept = self._kept[slot] = _Kept(generation, mesh, torch.from_numpy(outermost(mesh.vertices.numpy())))
        return kept


def varied(mesh: Mesh, dice: Dice) -> Mesh:
    """An object in the frame of its photo made another for next to nothing: half of them are mirrored, left to right,
    and the channels of their colours change places."""
    assert mesh.colours is not None
    colours = mesh.colours[:, torch.from_numpy(dice.rng.permutation(3))]
    if dice.chance(0.5):
        return dataclasses.replace(mesh, colours=colours)
    vertices = mesh.vertices * mesh.vertices.new_tensor([1.0, -1.0, 1.0])
    return dataclasses.replace(mesh, vertices=vertices, faces=mesh.faces.flip(1), colours=colours)
