"""Three feature planes in the perspective of the photo that they were made of, and the photo itself."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d.representations.triplane import Decoder

__all__ = ["PerspectiveTriplane"]


STEEPNESS = 8.0
"""Of what becomes density, from the first guess at the surface to its middle. Soft walls can be learnt away from: far
from a steep one there is no gradient. They are thinner where the object is, or else its rim would be a slab."""
OUTERMOST = -1.0
"""What is farther out than twice the guessed thickness counts as so much inside, for the sake of the gradient."""
THINNEST = 0.02
"""Guesses at the thickness are no less."""
STRIDE = 3.0
"""What the decoder's first output counts."""
PALEST = 0.02
"""Colours of the photo are kept so far from 0 and 1, where their logits are infinite."""


@dataclass(frozen=True)
class PerspectiveTriplane:
    """One object as seen from (eye, 0, 0) towards the origin, z up, in the box from -half_size to half_size.

    Planes lie along depth and photo columns, depth and photo rows, and pixel on pixel over the photo. What they say is
    an addition to a first guess: as thick as `photo` says, of the photo's colours all the way through. Behind what is
    transparent in the photo there is nothing: the object lies within its visual hull (Laurentini 1994).
    """

    planes: Float[Tensor, "3 c h w"]
    photo: Float[Tensor, "5 s s"]
    """Premultiplied colour, alpha, and a guess at how far the object reaches to both sides of x = 0."""
    decoder: Decoder
    half_size: float
    eye: float
    slope: float
    """Half the photo's width at distance 1."""

    def query(
        self, points: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"] | None = None
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n 3"]]:
        """Density and colour; the object looks the same from all directions."""
        places = self.places(points)
        behind = sampled(self.photo, places[:, 1:])
        within = torch.nonzero((behind[:, 3] > 0) & (places.abs().amax(-1) <= 1)).squeeze(-1)
        density, colour = self._within(places.index_select(0, within), behind.index_select(0, within))
        everywhere = behind.new_zeros(len(points)).index_copy(0, within, density)
        return everywhere, torch.zeros_like(points).index_copy(0, within, colour)

    def _within(
        self, places: Float[Tensor, "n 3"], behind: Float[Tensor, "n 5"]
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n 3"]]:
        raw, alpha = self.raw(places, behind), behind[:, 3]
        thickness = behind[:, 4].clamp_min(THINNEST)
        inside = (1 - self.half_size * places[:, 0].abs() / thickness).clamp_min(OUTERMOST)
        density = self.decoder.density(STEEPNESS * inside + STRIDE * raw[:, 0])
        shown = (behind[:, :3] / alpha[:, None]).clamp(PALEST, 1 - PALEST)
        return alpha * density, self.decoder.colour(raw[:, 1:] + shown.logit())

    def places(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
        """Depth, photo column and photo row of points, each from -1 to 1 in what the planes cover."""
        reach = (self.eye - points[:, :1]) * self.slope
        return torch.cat([points[:, :1] / self.half_size, points[:, 1:2] / reach, -points[:, 2:] / reach], 1)

    def raw(self, places: Float[Tensor, "n 3"], behind: Float[Tensor, "n 5"]) -> Float[Tensor, "n 4"]:
        """The decoder's outputs before they mean anything, where `behind` is what the photo shows."""
        shadows = torch.stack([places[:, pair] for pair in ([0, 1], [0, 2], [1, 2])])  # across, down
        return self.decoder(self.planes, shadows, behind)


def sampled(picture: Float[Tensor, "c h w"], places: Float[Tensor, "n 2"]) -> Float[Tensor, "n c"]:
    """A picture at places (across, down) from -1 to 1; nothing outside."""
    return functional.grid_sample(picture[None], places[None, None], align_corners=False)[0, :, 0].mT
