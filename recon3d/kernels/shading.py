"""What is done with a rasterised picture on any device: values at corners interpolated, samples pooled to pixels."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.kernels.interface import Rasterised


def interpolated(corners: Float[Tensor, "f 3 c"], shown: Rasterised) -> Float[Tensor, "h w c"]:
    """Values at the corners of all faces, where the pixels show them; 0 where they show nothing."""
    faces = shown.faces.flatten()
    here = torch.nonzero(faces >= 0).squeeze(-1)
    seen = corners.flatten(1).index_select(0, faces.index_select(0, here)).unflatten(1, corners.shape[1:])
    first, second, third = shown.weights.view(-1, 3).index_select(0, here).split(1, dim=1)
    values = (first * seen[:, 0]).addcmul_(second, seen[:, 1]).addcmul_(third, seen[:, 2])
    picture = corners.new_zeros(len(faces), corners.shape[-1]).index_copy_(0, here, values)
    return picture.view(*shown.faces.shape, -1)


def pooled(samples: Float[Tensor, "h w c"], side: int) -> Float[Tensor, "h2 w2 c"]:
    """Means of side x side samples; rows first, for then what is added lies together."""
    height, width, channels = samples.shape
    rows = samples.view(height // side, side, width * channels).unbind(1)
    columns = sum(rows[1:], rows[0]).view(height // side, width // side, side, channels).unbind(2)
    return sum(columns[1:], columns[0]) / side**2
