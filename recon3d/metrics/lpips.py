"""LPIPS, a learnt perceptual distance (Zhang et al. 2018), version 0.1 with the VGG-16 trunk, inputs on [-1, 1].

recon3d ships no weights. The file holds the state of `lpips.LPIPS(net="vgg")` as safetensors: the convolutions of
VGG-16 (`...slice1.0.weight` or torchvision's `features.0.weight`) and the five linear layers (`lin0.model.1.weight`).
"""

from __future__ import annotations

import re
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d.errors import BadInput
from recon3d.io.weights import read_weights

STAGES = ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))
"""Numbers of VGG-16's convolutions; each stage but the first begins with 2x2 max pooling and ends in a compared map."""
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)


class Lpips:
    """The distance between two pictures; 0 for equal ones."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        self.weights = weights

    def __call__(self, a: Float[Tensor, "h w 3"], b: Float[Tensor, "h w 3"]) -> float:
        """Pictures with values in [0, 1], at least 16 pixels wide and high."""
        with torch.no_grad():
            return float(self.distances(a[None], b[None]))

    def distances(self, a: Float[Tensor, "v h w 3"], b: Float[Tensor, "v h w 3"]) -> Float[Tensor, " v"]:
        """The same of pairs of such pictures, with a gradient by both."""
        self.weights = {name: weight.to(a.device) for name, weight in self.weights.items()}  # once; then it is there
        maps = zip(self._maps(a), self._maps(b), strict=True)
        by_stage = [
            functional.conv2d((x - y) ** 2, self._get(f"lin{i}", a)).mean((1, 2, 3)) for i, (x, y) in enumerate(maps)
        ]
        return torch.stack(by_stage).sum(0)

    def _maps(self, pictures: Tensor) -> list[Tensor]:
        """The compared maps, each pixel's channels scaled to unit length."""
        shift, scale = pictures.new_tensor(SHIFT), pictures.new_tensor(SCALE)
        signal = ((2 * pictures - 1 - shift) / scale).permute(0, 3, 1, 2)
        maps = []
        for i, stage in enumerate(STAGES):
            if i:
                signal = functional.max_pool2d(signal, 2)
            for number in stage:
                weight, bias = self._get(f"conv{number}.weight", pictures), self._get(f"conv{number}.bias", pictures)
                signal = functional.relu(functional.conv2d(signal, weight, bias, padding=1))
            maps.append(signal / (signal.square().sum(1, keepdim=True).sqrt() + 1e-10))
        return maps

    def _get(self, name: str, like: Tensor) -> Tensor:
        return self.weights[name].to(like)


def load_lpips(path: Path) -> Lpips:
    """The metric with weights from a file. Raises BadInput where they are not all there, and as `read_weights`."""
    weights = {}
    for key, tensor in read_weights(path).tensors.items():
        if match := re.search(r"(?:slice\d|features)\.(\d+)\.(weight|bias)$", key):
            weights[f"conv{match[1]}.{match[2]}"] = tensor
        elif match := re.search(r"lin(\d)\.model\.1\.weight$", key):
            weights[f"lin{match[1]}"] = tensor
    wanted = [f"conv{n}.{kind}" for stage in STAGES for n in stage for kind in ("weight", "bias")]
    lacking = [name for name in (*wanted, *(f"lin{i}" for i in range(5))) if name not in weights]
    if lacking:
        raise BadInput(path, f"lacks {len(lacking)} tensors of LPIPS, {lacking[0]} among them", "see the README")
    return Lpips(weights)
