"""Attention that knows of cameras only how they stand to each other (RePAST, Safin et al. 2023): keys carry their rays
in the frames of their own cameras; a query is compared with the keys of every camera by its ray in the frame of that
one. Values carry no rays."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn


class RelativeAttention(nn.Module):
    """Tokens attend to those of v cameras, l each. Scores are not scaled by the width of the heads."""

    def __init__(self, width: int, query: int, key: int, value: int, heads: int, inner: int) -> None:
        """`width` of what comes out; `query`, `key` and `value` are numbers of what goes in, rays included."""
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(query, inner, bias=False)
        self.k = nn.Linear(key, inner, bias=False)
        self.v = nn.Linear(value, inner, bias=False)
        self.out = nn.Linear(inner, width)

    def forward(
        self, queries: Float[Tensor, "b n v q"], keys: Float[Tensor, "b v l k"], values: Float[Tensor, "b v l d"]
    ) -> Float[Tensor, "b n c"]:
        """A query is there once for every camera, as that one sees its ray."""
        queries, keys, values = (self._split(part) for part in (self.q(queries), self.k(keys), self.v(values)))
        scores = torch.einsum("bnvhc,bvlhc->bhnvl", queries, keys)
        weights = torch.softmax(scores.flatten(-2), -1).view_as(scores)
        return self.out(torch.einsum("bhnvl,bvlhc->bnhc", weights, values).flatten(2))

    def _split(self, tensor: Tensor) -> Tensor:
        return tensor.unflatten(-1, (self.heads, -1))
