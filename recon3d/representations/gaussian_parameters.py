"""Gaussians as they are optimised: logs and logits in place of the physical values, and Adam's moments beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from recon3d.types import Gaussians


class GaussianParameters(NamedTuple):
    """One row per Gaussian in every tensor; unconstrained real numbers."""

    means: Float[Tensor, "n 3"]
    quaternions: Float[Tensor, "n 4"]
    log_scales: Float[Tensor, "n 3"]
    opacity_logits: Float[Tensor, " n"]
    sh: Float[Tensor, "n k 3"]

    @staticmethod
    def of(gaussians: Gaussians) -> GaussianParameters:
        """The parameters of physical Gaussians; opacities are kept off 0 and 1 so that logits stay finite."""
        return GaussianParameters(
            gaussians.means,
            gaussians.quaternions,
            gaussians.scales.log(),
            torch.logit(gaussians.opacities, eps=1e-6),
            gaussians.sh,
        )

    def physical(self, mean2d_probe: Float[Tensor, "n 2"] | None = None) -> Gaussians:
        """What the parameters mean; differentiable."""
        return Gaussians(
            self.means,
            self.quaternions,
            torch.exp(self.log_scales),
            torch.sigmoid(self.opacity_logits),
            self.sh,
            mean2d_probe,
        )

    def map(self, function: Callable[[Tensor], Tensor]) -> GaussianParameters:
        """`function` of every tensor."""
        return GaussianParameters(*(function(tensor) for tensor in self))

    @property
    def opacities(self) -> Float[Tensor, " n"]:
        return torch.sigmoid(self.opacity_logits)


class Population(NamedTuple):
    """Parameters with Adam's two moments, row by row: what density control turns into another population."""

    parameters: GaussianParameters
    first: GaussianParameters
    second: GaussianParameters

    @staticmethod
    def new(parameters: GaussianParameters) -> Population:
        """Moments start at zero."""
        return Population(parameters, parameters.map(torch.zeros_like), parameters.map(torch.zeros_like))

    @property
    def size(self) -> int:
        """The number of Gaussians."""
        return len(self.parameters.means)

    def rows(self, index: Int[Tensor, " m"] | Bool[Tensor, " n"], fresh: Int[Tensor, " f"] | None = None) -> Population:
        """The chosen rows, copied, in that order; a row may be chosen twice. `fresh` are rows of the result whose
        moments start at zero."""
        chosen = Population(*(part.map(lambda tensor: tensor[index]) for part in self))
        if fresh is not None:
            for tensor in (*chosen.first, *chosen.second):
                tensor[fresh] = 0
        return chosen

    def widened(self, sh_count: int) -> Population:
        """With `sh_count` spherical harmonics coefficients, the new ones zero."""

        def wide(part: GaussianParameters) -> GaussianParameters:
            missing = sh_count - part.sh.shape[1]
            return part._replace(sh=torch.cat([part.sh, part.sh.new_zeros(len(part.sh), missing, 3)], 1))

        return Population(*(wide(part) for part in self))


class Instant(NamedTuple):
    """A point in a fit: steps taken, and the share of the whole that they are (0 to 1)."""

    step: int
    progress: float


class Attention(NamedTuple):
    """How much the loss asked of each Gaussian since the last revision: what density control decides by.

    `pull` sums the size of dL/d projected mean, in units of half the picture so that no resolution matters; `views`
    counts the pictures that saw the Gaussian.
    """

    pull: Float[Tensor, " n"]
    views: Float[Tensor, " n"]

    @staticmethod
    def none(count: int, device: torch.device) -> Attention:
        return Attention(torch.zeros(count, device=device), torch.zeros(count, device=device))

    def noticing(
        self, probe_gradient: Float[Tensor, "n 2"], seen: Bool[Tensor, " n"], size: tuple[int, int]
    ) -> Attention:
        """With one more picture of (width, height) pixels counted."""
        x, y = probe_gradient.unbind(-1)  # by columns: torch is slow at reducing an axis of two
        return Attention(self.pull + torch.hypot(x * (size[0] / 2), y * (size[1] / 2)), self.views + seen)

    @property
    def mean_pull(self) -> Float[Tensor, " n"]:
        return self.pull / self.views.clamp_min(1)
