"""What three feature planes say of points."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d.kernels.interface import Activation
from recon3d.kernels.reference.perceptron import perceptron


def decode(
    planes: Float[Tensor, "3 c h w"],
    shadows: Float[Tensor, "3 n 2"],
    beside: Float[Tensor, "n e"],
    parameters: Sequence[Tensor],
    activation: Activation,
) -> Float[Tensor, "n o"]:
    """Features of the planes at the points' shadows on them, plane after plane, and what else is known of the points
    (`beside`), through a perceptron (Chan et al. 2022, EG3D, section 4).

    Shadows are (across, down), from -1 to 1 over a plane; between cells they are bilinear, outside the planes are zero.
    `parameters` are each layer's weights (outputs x inputs) and bias; between layers there is an activation.
    """
    sampled = functional.grid_sample(planes, shadows[:, None], align_corners=False)  # 3 c 1 n
    known = torch.cat([sampled.squeeze(2).permute(2, 0, 1).flatten(1), beside], 1)
    return perceptron(known, parameters, activation)
