"""What there is to be made: one file for every kind of thing, each with a function `make` that gives the pieces."""

from __future__ import annotations

from collections.abc import Callable

from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Piece
from recon3d.synthesis.objects.kinds import (
    abstract,
    animals,
    appliances,
    buildings,
    devices,
    figures,
    food,
    fruit,
    furniture,
    instruments,
    packages,
    plants,
    seats,
    sweets,
    tools,
    toys,
    vehicles,
    vessels,
    wear,
)

Kind = Callable[[Dice], list[Piece]]

KINDS: dict[str, tuple[Kind, float]] = {
    "abstract": (abstract.make, 34),
    "animals": (animals.make, 7),
    "appliances": (appliances.make, 2),
    "buildings": (buildings.make, 4),
    "devices": (devices.make, 5),
    "figures": (figures.make, 6),
    "food": (food.make, 4),
    "fruit": (fruit.make, 5),
    "furniture": (furniture.make, 4),
    "instruments": (instruments.make, 2),
    "packages": (packages.make, 6),
    "plants": (plants.make, 4),
    "seats": (seats.make, 5),
    "sweets": (sweets.make, 3),
    "tools": (tools.make, 5),
    "toys": (toys.make, 4),
    "vehicles": (vehicles.make, 6),
    "vessels": (vessels.make, 8),
    "wear": (wear.make, 3),
}
"""How to make each kind, and how often it is made (the shares need not add up to anything)."""


def any_kind(dice: Dice) -> list[Piece]:
    """The pieces of a thing of some kind."""
    makers, shares = zip(*KINDS.values(), strict=True)
    return dice.pick(makers, shares)(dice)
