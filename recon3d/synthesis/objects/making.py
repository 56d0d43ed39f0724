"""A seed to an object: pieces, fused to one surface, coloured, lit, in the unit ball."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float

from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Fused, Piece, fused
from recon3d.synthesis.objects.kinds import any_kind
from recon3d.synthesis.objects.light import any_light, lit
from recon3d.synthesis.objects.solids import turn
from recon3d.types import Mesh

Array = np.ndarray

EDGE = 1 / 45
"""Greatest length of an edge, in shares of the object's longest side, as long as that takes no more than FACES."""
FACES = 28_000
FEWEST = 500
RESERVED = 2**40
"""Seeds from here on are for tests: nothing is trained on them."""


def procedural_object(seed: int, make: Callable[[Dice], list[Piece]] = any_kind) -> Mesh:
    """The object of that seed: one closed surface of triangles, with light baked into the colours of its vertices.

    `colours` are sRGB in [0, 1]. z is up; the box around the object has its middle at the origin, the farthest vertex
    lies at distance 1. Vertices are repeated where materials meet and along sharp edges. `make` says what is made.
    Raises Missing where a package of the extra `synth` is not installed.
    """
    dice = Dice(seed)
    whole = None
    while whole is None or len(whole.faces) < FEWEST:  # now and then a cut leaves nothing
        pieces = make(dice)
        whole = fused(tumbled(dice, pieces), EDGE, FACES)
    colours = lit(whole, painted(whole, pieces), any_light(dice))
    return Mesh(
        torch.from_numpy(in_unit_ball(whole.vertices).astype(np.float32)),
        torch.from_numpy(whole.faces),
        torch.from_numpy(colours.astype(np.float32)),
    )


def tumbled(dice: Dice, pieces: list[Piece]) -> list[Piece]:
    """The pieces turned together: upright, mostly; now and then lying on a side, or any way at all."""
    rotation = turn("z", dice.between(0, 360))
    if dice.chance(0.24):
        lying = turn("z", dice.between(0, 360)) @ turn("x", 90) @ rotation
        rotation = lying if dice.chance(0.5) else dice.rotation()
    return [piece.moved(rotation) for piece in pieces]


def painted(whole: Fused, pieces: list[Piece]) -> Float[Array, "n 3"]:
    """Every vertex in the colour of its piece's material there."""
    colours = np.zeros_like(whole.rest)
    for number, piece in enumerate(pieces):
        here = np.flatnonzero(whole.piece == number)
        if len(here):
            colours[here] = piece.material(whole.rest[here])
    return colours


def in_unit_ball(vertices: Float[Array, "n 3"]) -> Float[Array, "n 3"]:
    """Moved and scaled so that the box around them is centred and the farthest one lies at distance 1."""
    centred = vertices - (vertices.min(0) + vertices.max(0)) / 2
    return np.asarray(centred / np.linalg.norm(centred, axis=-1).max())
