"""Random weights for TripoSR, under the names of the published checkpoint, whose field has a surface like an object's.

With weights drawn as usual the planes are white noise, and ten layers flatten it to a density that is the same all
over: its "surface" would be all folds or none. So some are not drawn as usual. The planes' first tokens vary smoothly
from cell to cell; the four cells of the finer planes that a token stands for are made alike; the decoder's weights are
scaled so that what goes in still varies when it comes out; and one channel is led past all that is random, so that the
density falls from the box's middle to its sides. The object is a lumpy ball. None of this changes how much there is to
compute.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import torch
from plain_triposr import BLOCKS, DECODER, VISION, Tensors
from torch import Tensor
from torch.nn import functional

from recon3d.encoders.triposr import Config

KNOTS = 3
"""Along the side of a plane: between them the tokens vary smoothly."""
SILU_GAIN = 1.5
"""A little less than what would keep the variance of what goes through a SiLU (1.68)."""
PEAK, FALL = 25.0, 20.0
"""Logarithm of the ball's density in the middle, and how much less it is at the middle of the box's sides."""

Shape = tuple[int, ...]


def random_tensors(config: Config, seed: int) -> Tensors:
    """The whole state of the network."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in shapes(config):
        if name.endswith(".bias"):
            tensors[name] = torch.zeros(shape)
        elif len(shape) == 1:  # what norms multiply with
            tensors[name] = torch.ones(shape)
        else:
            gain = SILU_GAIN if name.startswith(DECODER) else 1.0
            fan_in = math.prod(shape[1:]) if "upsample" not in name else shape[0]
            tensors[name] = gain / math.sqrt(fan_in) * torch.randn(shape, generator=generator)
    tensors["tokenizer.embeddings"] = smooth_planes(config, generator)
    upsample = tensors["post_processor.upsample.weight"]
    tensors["post_processor.upsample.weight"] = upsample[..., :1, :1].repeat(1, 1, 2, 2)
    add_ball(tensors, config)
    return tensors


def add_ball(tensors: Tensors, config: Config) -> None:
    """Makes the first channel of the planes, and the first unit of the decoder's layers, tell the density of a ball.

    Numbers as large as these go through a SiLU almost unchanged.
    """
    across = (torch.arange(config.plane) + 0.5) / config.plane * 2 - 1
    squared = across**2 + across[:, None] ** 2  # of the three planes together twice that from the box's middle
    tensors["tokenizer.embeddings"][:, 0] = (PEAK / 3 - FALL / 2 * squared) / math.sqrt(config.width)
    tensors["backbone.proj_out.weight"][0] = 0
    _lead_through(tensors["post_processor.upsample.weight"].transpose(0, 1), [0], math.sqrt(config.width))
    _lead_through(tensors[f"{DECODER}.0.weight"], [i * config.channels for i in range(3)], 1.0)
    for layer in range(1, config.decoder.layers):
        _lead_through(tensors[f"{DECODER}.{2 * layer}.weight"], [0], 1.0)
    last = tensors[f"{DECODER}.{2 * config.decoder.layers}.weight"]
    last[:, 0] = torch.tensor([1.0, 0, 0, 0])  # to what is random the ball is added


def _lead_through(weight: Tensor, inputs: list[int], factor: float) -> None:
    """Output 0 becomes the sum of those inputs times the factor, and no other output sees them; changes `weight`."""
    weight[:, inputs] = 0
    weight[0] = 0
    weight[0, inputs] = factor


def smooth_planes(config: Config, generator: torch.Generator) -> Tensor:
    """3 c s s, as strong as the published start: a variance of 1 / c."""
    knots = torch.randn(3, config.width, KNOTS, KNOTS, generator=generator)
    side = (config.plane, config.plane)
    planes = functional.interpolate(knots, side, mode="bicubic", align_corners=True)
    return planes / planes.std() / math.sqrt(config.width)


def shapes(config: Config) -> Iterator[tuple[str, Shape]]:
    """Every tensor of the published checkpoint."""
    yield from _vision_shapes(config)
    yield "tokenizer.embeddings", (3, config.width, config.plane, config.plane)
    yield from _norm("backbone.norm", config.width)
    yield from _linear("backbone.proj_in", config.width, config.width)
    for layer in range(config.layers):
        yield from _block_shapes(f"{BLOCKS}.{layer}", config)
    yield from _linear("backbone.proj_out", config.width, config.width)
    yield "post_processor.upsample.weight", (config.width, config.channels, 2, 2)
    yield "post_processor.upsample.bias", (config.channels,)
    widths = [3 * config.channels, *[config.decoder.hidden] * config.decoder.layers, 4]
    for layer, (before, after) in enumerate(pairwise(widths)):
        yield from _linear(f"{DECODER}.{2 * layer}", before, after)


def _vision_shapes(config: Config) -> Iterator[tuple[str, Shape]]:
    vision, name = config.vision, f"{VISION}.embeddings"
    yield f"{name}.cls_token", (1, 1, vision.width)
    yield f"{name}.position_embeddings", (1, 1 + vision.grid**2, vision.width)
    yield f"{name}.patch_embeddings.projection.weight", (vision.width, 3, vision.patch, vision.patch)
    yield f"{name}.patch_embeddings.projection.bias", (vision.width,)
    for layer in range(vision.layers):
        block = f"{VISION}.encoder.layer.{layer}"
        for part in ("attention.attention.query", "attention.attention.key", "attention.attention.value"):
            yield from _linear(f"{block}.{part}", vision.width, vision.width)
        yield from _linear(f"{block}.attention.output.dense", vision.width, vision.width)
        yield from _linear(f"{block}.intermediate.dense", vision.width, vision.hidden)
        yield from _linear(f"{block}.output.dense", vision.hidden, vision.width)
        yield from _norm(f"{block}.layernorm_before", vision.width)
        yield from _norm(f"{block}.layernorm_after", vision.width)
    yield from _norm(f"{VISION}.layernorm", vision.width)


def _block_shapes(name: str, config: Config) -> Iterator[tuple[str, Shape]]:
    width = config.width
    for norm in ("norm1", "norm2", "norm3"):
        yield from _norm(f"{name}.{norm}", width)
    for attention, context in (("attn1", width), ("attn2", config.vision.width)):
        for part, before in (("to_q", width), ("to_k", context), ("to_v", context)):
            yield f"{name}.{attention}.{part}.weight", (width, before)
        yield from _linear(f"{name}.{attention}.to_out.0", width, width)
    yield from _linear(f"{name}.ff.net.0.proj", width, 8 * width)
    yield from _linear(f"{name}.ff.net.2", 4 * width, width)


def _linear(name: str, before: int, after: int) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (after, before)
    yield f"{name}.bias", (after,)


def _norm(name: str, width: int) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)
