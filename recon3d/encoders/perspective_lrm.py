"""A large reconstruction model made small: one photo to planes in the photo's own perspective.

The idea is LRM's (Hong et al. 2023): a transformer turns picture tokens into triplane tokens. To learn it from little,
what is known anyway is built in: one of the planes lies pixel on pixel over the photo, its tokens are the photo's
patches, behind what the photo shows to be empty there is nothing, and what is learnt is how the object differs from its
silhouette inflated, in the photo's colours (see `PerspectiveTriplane`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from recon3d.encoders.networks.published import Section
from recon3d.encoders.networks.vision_transformer import Block, BlockConfig
from recon3d.encoders.photo.inflation import half_thickness
from recon3d.geometry.photo_frame import DISTANCE, FOCAL, HALF_SIZE
from recon3d.representations.perspective_triplane import PerspectiveTriplane
from recon3d.representations.triplane import Decoder, DecoderConfig
from recon3d.types import Cameras, RadianceField, Views

__all__ = ["Config", "PerspectiveLrm"]

SLOPE = 0.5 / FOCAL
"""Half the photo's width at distance 1."""
PHOTO = 5
"""Channels of the photo: premultiplied colour, alpha, and a guess at the object's thickness there."""


@dataclass(frozen=True)
class Config:
    block: BlockConfig = field(default_factory=BlockConfig)
    picture: int = 128
    """Photos are resized to so many pixels along both sides."""
    layers: int = 8
    side: int = 8
    """Tokens along the side of a plane, and patches along the photo's."""
    cells: int = 8
    """Cells of a plane along the side of what one token stands for."""
    channels: int = 16
    """Channels of the planes."""
    smoothing: int = 9
    """Planes are means over so many cells along each side, an odd number: what is learnt of single cells is noise at
    first, and surfaces come out ragged."""
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    half_size: float = HALF_SIZE
    """The object lies within so far from the origin along every axis."""


class PerspectiveLrm(nn.Module):
    """One photo to the field of the object in it."""

    produces = RadianceField
    published: tuple[Section, ...] = ()
    """Weights have our own names: nobody else has published any."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        width, patch = config.block.width, config.picture // config.side
        self.patches = nn.Conv2d(PHOTO, width, patch, patch)
        self.positions = nn.Parameter(plane_positions(config.side, width))
        self.blocks = nn.ModuleList(Block(config.block) for _ in range(config.layers))
        self.norm = nn.LayerNorm(width, eps=config.block.norm_epsilon)
        self.unfold = nn.ModuleList(nn.Linear(width, config.channels * config.cells**2) for _ in range(3))
        self.decoder = Decoder(config.decoder, 3 * config.channels + PHOTO)
        for parameter in self.decoder.layers[-1].parameters():
            nn.init.zeros_(parameter)  # begin at the first guess

    @staticmethod
    def viewpoint() -> Cameras:
        """Where the photo is taken to be seen from, as a camera for a picture of one pixel: x points at it, z is up."""
        return Cameras.facing_origin(torch.tensor([[DISTANCE, 0.0, 0.0]]), FOCAL)

    def forward(self, context: Views) -> PerspectiveTriplane:
        """`context` is one view of an object; its camera is not looked at. Without alpha it fills the picture."""
        (only,) = self.each([context])
        return only

    def each(self, contexts: Sequence[Views]) -> list[PerspectiveTriplane]:
        """The same for one view of each of many objects."""
        context = Views.stack(contexts)
        photos = self.resized(context)
        planes = self.planes(photos)
        config = self.config
        return [
            PerspectiveTriplane(*pair, self.decoder, config.half_size, DISTANCE, SLOPE)
            for pair in zip(planes, photos, strict=True)
        ]

    def resized(self, context: Views) -> Float[Tensor, "b 5 s s"]:
        """Photos as the network sees them: premultiplied colour, alpha, half the guessed thickness."""
        alpha = torch.ones_like(context.images[..., 0]) if context.alpha is None else context.alpha
        photos = torch.cat([context.images, alpha[..., None]], -1).permute(0, 3, 1, 2)
        size = (self.config.picture, self.config.picture)
        if photos.shape[-2:] != size:
            photos = functional.interpolate(photos, size, mode="bilinear", antialias=True)
        guesses = torch.stack([half_thickness(photo[3]) for photo in photos]) * (2 * SLOPE * DISTANCE)
        return torch.cat([photos, guesses[:, None]], 1)

    def planes(self, photos: Float[Tensor, "b 5 s s"]) -> Float[Tensor, "b 3 c h w"]:
        """Planes of features: across and down are depth and column, depth and row, column and row of the photo."""
        facing = self.patches(photos).flatten(2).mT  # b n w
        tokens = self.positions.expand(len(photos), -1, -1, -1).clone()
        tokens[:, 2] += facing
        tokens = tokens.flatten(1, 2)
        for block in self.blocks:
            tokens = block(tokens)
        planes = self.norm(tokens).unflatten(1, (3, -1)).unbind(1)
        laid = [self._laid(unfold(plane)) for unfold, plane in zip(self.unfold, planes, strict=True)]
        return torch.stack([self._smooth(plane) for plane in laid], 1).to(photos)  # in full again, under autocast

    def _smooth(self, plane: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        size = self.config.smoothing
        return functional.avg_pool2d(plane, size, 1, size // 2, count_include_pad=False)

    def _laid(self, cells: Float[Tensor, "b n k"]) -> Float[Tensor, "b c h w"]:
        return functional.pixel_shuffle(cells.mT.unflatten(-1, (self.config.side, -1)), self.config.cells)


def plane_positions(side: int, width: int) -> Float[Tensor, "3 n w"]:
    """Where the tokens of the planes begin: waves along depth, column and row, of wavelengths from two tokens to many
    planes (Vaswani et al. 2017); a plane has no place along the axis it is seen along."""
    places = (torch.arange(side) + 0.5) / side * 2 - 1
    down, across = torch.meshgrid(places, places, indexing="ij")
    nothing = torch.full_like(across, math.nan)
    coordinates = [(across, down, nothing), (across, nothing, down), (nothing, across, down)]
    return torch.stack([_waves(torch.stack(three, -1).flatten(0, 1), side, width) for three in coordinates])


def _waves(places: Float[Tensor, "n 3"], side: int, width: int) -> Float[Tensor, "n w"]:
    count = width // 6
    frequencies = math.pi * side / 2 * (0.02 ** (torch.arange(count) / count))
    phases = (places[..., None] * frequencies).flatten(1)
    waves = torch.cat([phases.sin(), phases.cos()], 1).nan_to_num(0.0)
    return functional.pad(waves, (0, width - waves.shape[1]))
