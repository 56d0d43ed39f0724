"""Sets of latents, and how rays are read from them: scene representation transformers (SRT, Sajjadi et al. 2022; with
relative poses, RePAST, Safin et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from recon3d.encoders.networks.attention import CrossAttention, SelfAttention
from recon3d.encoders.networks.ray_waves import WavesConfig, waves_of_rays
from recon3d.encoders.networks.relative_attention import RelativeAttention
from recon3d.types import SeenRays


class SeenFrom(NamedTuple):
    """The rays of v views' tokens, l each, and where the views stand: what relative attention knows."""

    camera_from_world: Float[Tensor, "b v 4 4"]
    origins: Float[Tensor, "b v l 3"]
    directions: Float[Tensor, "b v l 3"]


def in_frames(
    camera_from_world: Float[Tensor, "b v 4 4"], origins: Float[Tensor, "b n 3"], directions: Float[Tensor, "b n 3"]
) -> tuple[Float[Tensor, "b n v 3"], Float[Tensor, "b n v 3"]]:
    """Rays in the frames of v cameras."""
    rotations, shifts = camera_from_world[:, :, :3, :3], camera_from_world[:, None, :, :3, 3]
    turned = [torch.einsum("bvij,bnj->bnvi", rotations, vectors) for vectors in (origins, directions)]
    return turned[0] + shifts, turned[1]


def own_waves(seen: SeenFrom, config: WavesConfig) -> Float[Tensor, "b v l k"]:
    """Of tokens' rays, each in the frame of its own view: the same wherever that stands."""
    rotations, shifts = seen.camera_from_world[:, :, :3, :3], seen.camera_from_world[:, :, None, :3, 3]
    origins, directions = (vectors @ rotations.mT for vectors in (seen.origins, seen.directions))
    return waves_of_rays(origins + shifts, directions, config)


def every_waves(
    seen: SeenFrom, origins: Float[Tensor, "b n 3"], directions: Float[Tensor, "b n 3"], config: WavesConfig
) -> Float[Tensor, "b n v k"]:
    """Of rays, as every view sees them."""
    return waves_of_rays(*in_frames(seen.camera_from_world, origins, directions), config)


def perceptron(width: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))


class Layer(nn.Module):
    """Tokens attend to each other, then each is changed by itself."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = SelfAttention(width, heads, bias=False)
        self.perceptron = perceptron(width, hidden)

    def forward(self, tokens: Float[Tensor, "b n c"]) -> Float[Tensor, "b n c"]:
        tokens = tokens + self.attention(self.norm1(tokens))
        return tokens + self.perceptron(self.norm2(tokens))


class RelativeLayer(nn.Module):
    """The same by relative attention; tokens are those of all views, view after view."""

    def __init__(self, width: int, heads: int, hidden: int, waves: WavesConfig) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        both = width + waves.numbers
        self.attention = RelativeAttention(width, both, both, width, heads, width)
        self.perceptron = perceptron(width, hidden)

    def attended(
        self, tokens: Float[Tensor, "b n c"], own: Float[Tensor, "b v l k"], every: Float[Tensor, "b n v k"]
    ) -> Float[Tensor, "b n c"]:
        """What tokens find in each other; `own` and `every` are the waves of their rays."""
        normed = self.norm1(tokens)
        values = normed.unflatten(1, own.shape[1:3])
        queries = torch.cat([normed[:, :, None].expand(-1, -1, own.shape[1], -1), every], -1)
        return self.attention(queries, torch.cat([values, own], -1), values)

    def forward(self, tokens: Tensor, own: Tensor, every: Tensor) -> Tensor:
        tokens = tokens + self.attended(tokens, own, every)
        return tokens + self.perceptron(self.norm2(tokens))


@dataclass(frozen=True)
class DecoderConfig:
    layers: int = 2
    heads: int = 12
    hidden: int = 1536
    """Width between the two products of a layer's perceptron."""
    leave: int = 1536
    """Width of what makes colours of a ray; of SRT's, 128."""


class DecoderLayer(nn.Module):
    """Rays look at latents."""

    def __init__(self, width: int, latents: int, config: DecoderConfig) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = CrossAttention(width, latents, config.heads, inner=latents)
        self.perceptron = perceptron(width, config.hidden)

    def forward(self, rays: Float[Tensor, "b n k"], latents: Float[Tensor, "b m d"]) -> Float[Tensor, "b n k"]:
        rays = rays + self.attention(self.norm1(rays), latents)
        return rays + self.perceptron(self.norm2(rays))


class RelativeDecoderLayer(nn.Module):
    """Rays, once for every view, look at the latents of all views."""

    def __init__(self, width: int, latents: int, config: DecoderConfig, waves: WavesConfig) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        key = latents + waves.numbers
        self.attention = RelativeAttention(width, width, key, latents, config.heads, latents)
        self.perceptron = perceptron(width, config.hidden)

    def forward(
        self, rays: Float[Tensor, "b n v k"], latents: Float[Tensor, "b v l d"], own: Float[Tensor, "b v l k"]
    ) -> Float[Tensor, "b n v k"]:
        found = self.attention(self.norm1(rays), torch.cat([latents, own], -1), latents)
        rays = rays + found[:, :, None]
        return rays + self.perceptron(self.norm2(rays))


def leaving(width: int, hidden: int, depth: int, rectifier: type[nn.Module]) -> nn.Sequential:
    """From what is known of a ray to its colour, so many layers between."""
    layers: list[nn.Module] = [nn.Linear(width, hidden), rectifier()]
    for _ in range(depth - 1):
        layers += [nn.Linear(hidden, hidden), rectifier()]
    return nn.Sequential(*layers, nn.Linear(hidden, 3))


class RayDecoder(nn.Module):
    """SRT's, whose colours come of a small perceptron; of the improved SRT (`improved`), of a large one."""

    def __init__(self, latents: int, config: DecoderConfig, waves: WavesConfig, improved: bool) -> None:
        super().__init__()
        self.waves, self.improved, width = waves, improved, waves.numbers
        if improved:
            self.enter = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
        self.layers = nn.ModuleList(DecoderLayer(width, latents, config) for _ in range(config.layers))
        self.leave = leaving(width, config.leave, 4 if improved else 1, nn.ReLU)

    def known(
        self, latents: Float[Tensor, "b m d"], origins: Float[Tensor, "b n 3"], directions: Float[Tensor, "b n 3"]
    ) -> Float[Tensor, "b n k"]:
        """What rays have found."""
        rays = waves_of_rays(origins, directions, self.waves)
        rays = self.enter(rays) if self.improved else rays
        for layer in self.layers:
            rays = layer(rays, latents)
        return rays

    def forward(
        self,
        latents: Float[Tensor, "b m d"],
        origins: Float[Tensor, "b n 3"],
        directions: Float[Tensor, "b n 3"],
        seen: SeenFrom | None = None,
    ) -> Float[Tensor, "b n 3"]:
        """Colours of rays."""
        colours = self.leave(self.known(latents, origins, directions))
        return colours if self.improved else torch.sigmoid(colours)


class RelativeRayDecoder(nn.Module):
    """RePAST's: rays begin as every view sees them, and end as the mean over views."""

    def __init__(self, latents: int, config: DecoderConfig, waves: WavesConfig) -> None:
        super().__init__()
        self.waves, width = waves, waves.numbers
        self.enter = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
        layers = (RelativeDecoderLayer(width, latents, config, waves) for _ in range(config.layers))
        self.layers = nn.ModuleList(layers)
        self.leave = leaving(width, config.leave, 4, nn.LeakyReLU)

    def known(
        self,
        latents: Float[Tensor, "b m d"],
        origins: Float[Tensor, "b n 3"],
        directions: Float[Tensor, "b n 3"],
        seen: SeenFrom,
    ) -> Float[Tensor, "b n v k"]:
        """What rays have found, once for every view."""
        rays = self.enter(every_waves(seen, origins, directions, self.waves))
        own = own_waves(seen, self.waves)
        for layer in self.layers:
            rays = layer(rays, latents.unflatten(1, own.shape[1:3]), own)
        return rays

    def forward(
        self,
        latents: Float[Tensor, "b m d"],
        origins: Float[Tensor, "b n 3"],
        directions: Float[Tensor, "b n 3"],
        seen: SeenFrom,
    ) -> Float[Tensor, "b n 3"]:
        """Colours of rays."""
        return torch.sigmoid(self.leave(self.known(latents, origins, directions, seen).mean(2)))


@dataclass(frozen=True)
class SetLatent:
    """What was made of one scene, and how it is read. `frame` leads from the world of rays to that of the network."""

    latents: Float[Tensor, "1 m d"]
    decoder: RayDecoder | RelativeRayDecoder
    frame: Float[Tensor, "4 4"]
    seen: SeenFrom

    def see(self, origins: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"]) -> SeenRays:
        frame = self.frame
        placed = origins @ frame[:3, :3].mT + frame[:3, 3]
        turned = nn.functional.normalize(directions @ frame[:3, :3].mT, dim=-1)
        colours = self.decoder(self.latents, placed[None], turned[None], self.seen)
        return SeenRays(colours[0].clamp(0, 1))
