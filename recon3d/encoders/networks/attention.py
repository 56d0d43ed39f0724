"""Multi-head attention (Vaswani et al. 2017): by torch's fused kernel, or in pieces where that is faster."""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional


def attend(
    queries: Float[Tensor, "b n c"],
    keys: Float[Tensor, "b m c"],
    values: Float[Tensor, "b m c"],
    heads: int,
    mask: Bool[Tensor, "b n m"] | None = None,
) -> Float[Tensor, "b n c"]:
    """Softmax attention, scaled by the root of the head's width; heads are neighbouring stretches of channels. A `mask`
    tells which keys each query may see."""
    split = [tensor.unflatten(-1, (heads, -1)).transpose(1, 2) for tensor in (queries, keys, values)]
    # On CPUs torch's fused kernel multiplies bfloat16 no faster than float32; its plain products take a quarter.
    in_pieces = split[0].dtype == torch.bfloat16 and split[0].device.type == "cpu" and not torch.is_grad_enabled()
    if in_pieces and mask is None:
        seen = attend_in_pieces(*split)
    else:
        every_head = None if mask is None else mask[:, None]
        seen = functional.scaled_dot_product_attention(split[0], split[1], split[2], every_head)
    return seen.transpose(1, 2).flatten(2)


WEIGHTS_AT_ONCE, HEADS_AT_ONCE = 1 << 22, 4
"""Attention weights of a piece, which then stay in the cache, and heads; of those tried, the fastest on two cores."""


def attend_in_pieces(
    queries: Float[Tensor, "b k n c"], keys: Float[Tensor, "b k m c"], values: Float[Tensor, "b k m c"]
) -> Float[Tensor, "b k n c"]:
    """What scaled_dot_product_attention returns, from plain products over some heads and some queries at a time."""
    seen = queries.new_empty(queries.shape)
    pieces = math.ceil(HEADS_AT_ONCE * queries.shape[2] * keys.shape[2] / WEIGHTS_AT_ONCE)
    every = (tensor.flatten(0, 1).split(HEADS_AT_ONCE) for tensor in (queries, keys, values, seen))
    for some_queries, some_keys, some_values, some_seen in zip(*every, strict=True):
        scaled = (some_keys * queries.shape[3] ** -0.5).mT.contiguous()
        for into, rowwise in zip(some_seen.chunk(pieces, 1), some_queries.chunk(pieces, 1), strict=True):
            into.copy_(torch.softmax(rowwise.bmm(scaled), -1).bmm(some_values))
    return seen


class SelfAttention(nn.Module):
    """Tokens attend to each other. One product makes queries, keys and values, in this order."""

    def __init__(self, width: int, heads: int, bias: bool, out_bias: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=bias)
        self.out = nn.Linear(width, width, bias=out_bias)

    def forward(
        self, tokens: Float[Tensor, "b n c"], mask: Bool[Tensor, "b n n"] | None = None
    ) -> Float[Tensor, "b n c"]:
        queries, keys, values = self.qkv(tokens).chunk(3, dim=-1)
        return self.out(attend(queries, keys, values, self.heads, mask))


class CrossAttention(nn.Module):
    """Tokens attend to others, which may have another width, as may what they are compared by (`inner`). One product
    makes keys and values, in this order."""

    def __init__(
        self, width: int, context_width: int, heads: int, out_bias: bool = True, inner: int | None = None
    ) -> None:
        super().__init__()
        self.heads, inner = heads, inner or width
        self.q = nn.Linear(width, inner, bias=False)
        self.kv = nn.Linear(context_width, 2 * inner, bias=False)
        self.out = nn.Linear(inner, width, bias=out_bias)

    def forward(self, tokens: Float[Tensor, "b n c"], context: Float[Tensor, "b m d"]) -> Float[Tensor, "b n c"]:
        keys, values = self.kv(context).chunk(2, dim=-1)
        return self.out(attend(self.q(tokens), keys, values, self.heads))
