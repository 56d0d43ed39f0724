"""A stock of procedural objects: made one by one, used several times, then given up for new ones."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.framing import outermost
from recon3d.synthesis.objects.making import RESERVED, procedural_object
from recon3d.types import Mesh


class Stocked(NamedTuple):
    """An object, and those of its vertices that decide how it is framed."""

    mesh: Mesh
    outline: Float[Tensor, "m 3"]


class ObjectStock:
    """Example k shows an object that follows from the seed and k alone.

    A round is `slots` examples, of as many objects; after each round every `uses`-th of them gives way to a new one.
    Objects last asked for are kept: asking in order is quick. Raises Missing, when first asked, where a package of the
    extra `synth` is not installed.
    """

    def __init__(self, seed: int, slots: int, uses: int) -> None:
        self.seed, self.slots, self.uses = seed, slots, uses
        self._kept: dict[int, tuple[int, Stocked]] = {}
        """By slot: how many objects it has had before, and its object."""

    def __getitem__(self, index: int) -> Stocked:
        """The object of example number `index` (>= 0)."""
        slot, generation = self._place(index)
        kept, stocked = self._kept.get(slot, (-1, None))
        if stocked is None or kept != generation:
            mesh = procedural_object(self.object_seed(index))
            mesh = dataclasses.replace(mesh, faces=mesh.faces.int())  # there are many: 32 bits will do
            stocked = Stocked(mesh, torch.from_numpy(outermost(mesh.vertices.numpy())))
            self._kept[slot] = (generation, stocked)
        return stocked

    def object_seed(self, index: int) -> int:
        """The seed of the object that an example shows: below RESERVED."""
        slot, generation = self._place(index)
        return int(np.random.default_rng((self.seed, 0, slot, generation)).integers(RESERVED))

    def _place(self, index: int) -> tuple[int, int]:
        """The slot of an example, and how many objects it has had before."""
        turn, slot = divmod(index, self.slots)
        return slot, (turn + slot % self.uses) // self.uses


def varied(mesh: Mesh, dice: Dice) -> Mesh:
    """An object in the frame of its photo made another for next to nothing: half of them are mirrored, left to right,
    and the channels of their colours change places."""
    assert mesh.colours is not None
    colours = mesh.colours[:, torch.from_numpy(dice.rng.permutation(3))]
    if dice.chance(0.5):
        return dataclasses.replace(mesh, colours=colours)
    vertices = mesh.vertices * mesh.vertices.new_tensor([1.0, -1.0, 1.0])
    return dataclasses.replace(mesh, vertices=vertices, faces=mesh.faces.flip(1), colours=colours)
