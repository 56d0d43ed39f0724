"""Training examples without end: a photo of a procedural object, and what it looks like from all around."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple

from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.framing import photo_from_object, target_cameras
from recon3d.synthesis.objects.pictures import photographed
from recon3d.synthesis.objects.stock import ObjectStock, varied
from recon3d.types import Views

__all__ = ["Config", "ObjectPhotos"]


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


class ObjectPhotos:
    """Example k follows from the seed and k alone, so any of them may be asked for, on any process.

    Asking in order is quick (see stock). Raises Missing, when first asked, where a package of the
    extra `synth` is not installed.
    """

    def __init__(self, config: Config, seed: int) -> None:
        self.config, self.seed = config, seed
        self.stock = ObjectStock(seed, config.slots, config.uses)

    def __getitem__(self, index: int) -> Example:
        """Example number `index` (>= 0)."""
        dice = Dice((self.seed, 1, index))
        mesh, outline = self.stock[index]
        photo_from_mesh = photo_from_object(dice, outline).to(mesh.vertices)
        targets = photographed(
            varied(mesh.moved(photo_from_mesh), dice), target_cameras(dice, self.config.views, self.config.picture)
        )
        return Example(dataclasses.replace(targets[0], depth=None), targets)
