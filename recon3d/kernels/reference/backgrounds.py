"""A picture over a background."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def over(
    colour: Float[Tensor, "*v h w 3"], alpha: Float[Tensor, "*v h w"], background: Float[Tensor, "3"]
) -> Float[Tensor, "*v h w 3"]:
    """colour + (1 - alpha) * background, for premultiplied colour (Porter and Duff 1984)."""
    # As an outer product, whose backward torch does quickly; that of a broadcast product sums over a short axis.
    flat = torch.addr(colour.reshape(-1, 3), 1 - alpha.reshape(-1), background.to(colour))
    return flat.view_as(colour)
