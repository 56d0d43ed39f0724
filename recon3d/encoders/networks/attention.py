"""Multi-head attention (Vaswani et al. 2017) by torch's fused kernel."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional


def attend(
    queries: Float[Tensor, "b n c"], keys: Float[Tensor, "b m c"], values: Float[Tensor, "b m c"], heads: int
) -> Float[Tensor, "b n c"]:
    """Softmax attention, scaled by the root of the head's width; heads are neighbouring stretches of channels."""
    split = [tensor.unflatten(-1, (heads, -1)).transpose(1, 2) for tensor in (queries, keys, values)]
    return functional.scaled_dot_product_attention(*split).transpose(1, 2).flatten(2)


class SelfAttention(nn.Module):
    """Tokens attend to each other. One product makes queries, keys and values, in this order."""

    def __init__(self, width: int, heads: int, bias: bool, out_bias: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=bias)
        self.out = nn.Linear(width, width, bias=out_bias)

    def forward(self, tokens: Float[Tensor, "b n c"]) -> Float[Tensor, "b n c"]:
        queries, keys, values = self.qkv(tokens).chunk(3, dim=-1)
        return self.out(attend(queries, keys, values, self.heads))


class CrossAttention(nn.Module):
    """Tokens attend to others, which may have another width. One product makes keys and values, in this order."""

    def __init__(self, width: int, context_width: int, heads: int, out_bias: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width, bias=False)
        self.kv = nn.Linear(context_width, 2 * width, bias=False)
        self.out = nn.Linear(width, width, bias=out_bias)

    def forward(self, tokens: Float[Tensor, "b n c"], context: Float[Tensor, "b m d"]) -> Float[Tensor, "b n c"]:
        keys, values = self.kv(context).chunk(2, dim=-1)
        return self.out(attend(self.q(tokens), keys, values, self.heads))
