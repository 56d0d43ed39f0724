"""Encoders with the weights of others, of a training, or those that come with recon3d."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from recon3d.encoders.networks.published import adopt
from recon3d.engine.recipe import Recipe
from recon3d.engine.recipe_files import shipped_weights
from recon3d.io.weights import find_weights, read_weights


def weights_path(recipe: Recipe, weights: str | None) -> Path:
    """The file of weights of that path or published name, or else that of those that come with recon3d. Raises BadInput
    where it is not found, UsageError where none is named and none comes along."""
    return find_weights(weights) if weights is not None else shipped_weights(recipe.name)


def load_encoder(recipe: Recipe, weights: str | None, say: Callable[[str], None]) -> nn.Module:
    """The recipe's encoder in float32, with weights from a file or under a published name, or else those that come with
    recon3d. Raises as `weights_path`, and BadInput where they do not fit.
    """
    part = recipe.parts["encoder"]
    path = weights_path(recipe, weights)
    read = read_weights(path)
    with torch.device("meta"):  # shapes but no numbers: it is about to get others
        network: nn.Module = part.make()
    adopt(network, read.tensors, part.build.published, path)
    say(f"weights {path}, sha256 {read.sha256}")
    return network.float().eval().requires_grad_(False)
