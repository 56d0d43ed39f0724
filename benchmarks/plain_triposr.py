"""TripoSR as one first writes it down in PyTorch: the straightforward version that mesh_speed.py measures recon3d by.

Everything in float32, attention by two matrix products and a softmax (or, if asked, by torch's fused function), the
density asked for at every node of the grid, marching cubes by scikit-image. Tensors have the names of the published
checkpoint (stabilityai/TripoSR, model.ckpt), which `random_tensors` can fill without it.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from skimage.measure import marching_cubes
from torch import Tensor
from torch.nn import functional

from recon3d.encoders.triposr import IMAGENET_DEVIATION, IMAGENET_MEAN, NORM_GROUPS, Config

Tensors = dict[str, Tensor]

POINTS_AT_ONCE = 1 << 16
"""Of those tried, from 2**13 to 2**20, this and its neighbours are the fastest."""
VISION, BLOCKS, DECODER = "image_tokenizer.model", "backbone.transformer_blocks", "decoder.layers"


class PlainTripoSR:
    """The model's stages, one after another."""

    def __init__(self, tensors: Tensors, config: Config, *, fused: bool = False) -> None:
        self.tensors, self.config = tensors, config
        self.attention = fused_attention if fused else attention

    def planes(self, picture: Tensor) -> Tensor:
        """3 c h w of a picture h w 3."""
        side = (self.config.picture, self.config.picture)
        resized = functional.interpolate(picture.permute(2, 0, 1)[None], side, mode="bilinear", antialias=True)
        tokens = self.backbone(self.picture_tokens(resized))
        start = self.config.plane
        coarse = tokens[0].unflatten(0, (3, start, start)).permute(0, 3, 1, 2)
        name = "post_processor.upsample"
        return functional.conv_transpose2d(coarse, self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"], 2)

    def picture_tokens(self, pictures: Tensor) -> Tensor:
        """1 m d of 1 3 s s: DINO, ViT-B/16."""
        vision = self.config.vision
        mean, deviation = (pictures.new_tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_DEVIATION))
        name = f"{VISION}.embeddings"
        weight, bias = (self.tensors[f"{name}.patch_embeddings.projection.{part}"] for part in ("weight", "bias"))
        patches = functional.conv2d((pictures - mean) / deviation, weight, bias, vision.patch)
        tokens = torch.cat([self.tensors[f"{name}.cls_token"], patches.flatten(2).mT], 1)
        tokens = tokens + self.positions(patches.shape[-1])
        for layer in range(vision.layers):
            tokens = self.vision_block(f"{VISION}.encoder.layer.{layer}", tokens)
        return self.norm(f"{VISION}.layernorm", tokens, vision.norm_epsilon)

    def positions(self, side: int) -> Tensor:
        """The position table for so many patches along a side, as transformers 4.35 resized it."""
        table, grid = self.tensors[f"{VISION}.embeddings.position_embeddings"], self.config.vision.grid
        if side == grid:
            return table
        square, scale = table[:, 1:].mT.unflatten(-1, (grid, grid)), [(side + 0.1) / grid] * 2
        square = functional.interpolate(square, scale_factor=scale, mode="bicubic", recompute_scale_factor=False)
        return torch.cat([table[:, :1], square.flatten(2).mT], 1)

    def vision_block(self, name: str, tokens: Tensor) -> Tensor:
        epsilon, inner = self.config.vision.norm_epsilon, f"{name}.attention.attention"
        normed = self.norm(f"{name}.layernorm_before", tokens, epsilon)
        queries, keys, values = (self.linear(f"{inner}.{part}", normed) for part in ("query", "key", "value"))
        seen = self.attention(queries, keys, values, self.config.vision.heads)
        tokens = tokens + self.linear(f"{name}.attention.output.dense", seen)
        hidden = functional.gelu(
            self.linear(f"{name}.intermediate.dense", self.norm(f"{name}.layernorm_after", tokens, epsilon))
        )
        return tokens + self.linear(f"{name}.output.dense", hidden)

    def backbone(self, context: Tensor) -> Tensor:
        """1 n c: the planes' tokens, row by row."""
        start = self.tensors["tokenizer.embeddings"].transpose(0, 1).flatten(1)[None]  # 1 c n
        weight, bias = (self.tensors[f"backbone.norm.{part}"] for part in ("weight", "bias"))
        tokens = self.linear("backbone.proj_in", functional.group_norm(start, NORM_GROUPS, weight, bias, 1e-6).mT)
        for layer in range(self.config.layers):
            tokens = self.block(f"{BLOCKS}.{layer}", tokens, context)
        return self.linear("backbone.proj_out", tokens) + start.mT

    def block(self, name: str, tokens: Tensor, context: Tensor) -> Tensor:
        normed = self.norm(f"{name}.norm1", tokens)
        tokens = tokens + self.attended(f"{name}.attn1", normed, normed)
        tokens = tokens + self.attended(f"{name}.attn2", self.norm(f"{name}.norm2", tokens), context)
        value, gate = self.linear(f"{name}.ff.net.0.proj", self.norm(f"{name}.norm3", tokens)).chunk(2, -1)
        return tokens + self.linear(f"{name}.ff.net.2", value * functional.gelu(gate))

    def attended(self, name: str, tokens: Tensor, context: Tensor) -> Tensor:
        queries = self.linear(f"{name}.to_q", tokens)
        keys, values = self.linear(f"{name}.to_k", context), self.linear(f"{name}.to_v", context)
        return self.linear(f"{name}.to_out.0", self.attention(queries, keys, values, self.config.heads))

    def linear(self, name: str, tokens: Tensor) -> Tensor:
        return functional.linear(tokens, self.tensors[f"{name}.weight"], self.tensors.get(f"{name}.bias"))

    def norm(self, name: str, tokens: Tensor, epsilon: float = 1e-5) -> Tensor:
        weight, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        return functional.layer_norm(tokens, weight.shape, weight, bias, epsilon)

    def query(self, planes: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """Density (n) and colour (n 3) at points of the box."""
        shadows = torch.stack([points[:, [0, 1]], points[:, [0, 2]], points[:, [1, 2]]]) / self.config.half_size
        features = functional.grid_sample(planes, shadows[:, None], align_corners=False)
        values = features[:, :, 0].permute(2, 0, 1).flatten(1)
        for layer in range(self.config.decoder.layers):
            values = functional.silu(self.linear(f"{DECODER}.{2 * layer}", values))
        values = self.linear(f"{DECODER}.{2 * self.config.decoder.layers}", values)
        return torch.exp(values[:, 0] + self.config.decoder.density_bias), torch.sigmoid(values[:, 1:])

    def density_grid(self, planes: Tensor, resolution: int) -> Tensor:
        """At every node of a grid whose outermost nodes lie on the box; index order x, y, z."""
        axis = torch.linspace(-self.config.half_size, self.config.half_size, resolution)
        points = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), -1).flatten(0, 2)
        density = torch.cat([self.query(planes, some)[0] for some in points.split(POINTS_AT_ONCE)])
        return density.view(resolution, resolution, resolution)

    def surface(self, density: Tensor, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Vertices and faces."""
        vertices, faces, _, _ = marching_cubes(density.numpy(), level, gradient_direction="ascent")
        spacing = 2 * self.config.half_size / (len(density) - 1)
        return vertices * spacing - self.config.half_size, faces

    def vertex_colours(self, planes: Tensor, vertices: np.ndarray) -> Tensor:
        points = torch.from_numpy(vertices).float()
        return torch.cat([self.query(planes, some)[1] for some in points.split(POINTS_AT_ONCE)])


def attention(queries: Tensor, keys: Tensor, values: Tensor, heads: int) -> Tensor:
    """Vaswani et al. 2017, equation 1, for several heads."""
    queries, keys, values = by_heads(heads, queries, keys, values)
    weights = torch.softmax(queries @ keys.mT / math.sqrt(queries.shape[-1]), -1)
    return (weights @ values).transpose(1, 2).flatten(2)


def fused_attention(queries: Tensor, keys: Tensor, values: Tensor, heads: int) -> Tensor:
    """The same, without ever writing all weights down."""
    return functional.scaled_dot_product_attention(*by_heads(heads, queries, keys, values)).transpose(1, 2).flatten(2)


def by_heads(heads: int, *tokens: Tensor) -> list[Tensor]:
    return [t.unflatten(-1, (heads, -1)).transpose(1, 2) for t in tokens]
