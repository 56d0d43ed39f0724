"""Encoders with the weights of others, or of a training."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from recon3d.encoders.networks.published import adopt
from recon3d.engine.recipe import Recipe
from recon3d.io.weights import find_weights, read_weights


def load_encoder(recipe: Recipe, weights: str, say: Callable[[str], None]) -> nn.Module:
    """The recipe's encoder with weights from a file or under a published name. Raises BadInput where they are not found
    or do not fit."""
    part = recipe.parts["encoder"]
    path = find_weights(weights)
    read = read_weights(path)
    with torch.device("meta"):  # shapes but no numbers: it is about to get others
        network: nn.Module = part.make()
    adopt(network, read.tensors, part.build.published, path)
    say(f"weights {path}, sha256 {read.sha256}")
    return network.eval().requires_grad_(False)
