"""A fitted scene as a surface: an encoder that ignores its input and returns the signed distance it has learnt (NeuS,
Wang et al. 2021, in a hash grid)."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.encoders.charted import ChartedConfig, ChartedEncoder
from recon3d.encoders.fitted import Begun
from recon3d.errors import BadInput
from recon3d.kernels import Cells
from recon3d.representations.hash_grid import GridConfig, PerceptronConfig, grid_levels
from recon3d.representations.signed_distance import DistanceConfig, SignedDistance
from recon3d.types import Scene, Views

__all__ = ["Config", "FreeSignedDistance"]


@dataclass(frozen=True)
class Config(ChartedConfig):
    eikonal: float = 0.1
    """Weight of how far gradients of the distance are from length 1 (Gropp et al. 2020)."""
    distance: DistanceConfig = field(default_factory=DistanceConfig)
    grid: GridConfig = field(default_factory=GridConfig)
    perceptrons: PerceptronConfig = field(default_factory=PerceptronConfig)


class FreeSignedDistance(ChartedEncoder):
    """The distance of one scene, and the colours on its surface."""

    sparse = ("table",)

    @classmethod
    def begin(cls, scene: Scene, seed: int, config: Config) -> Begun:
        """As its base's. Raises BadInput where nothing says what the object is: all of space has no inside."""
        begun = super().begin(scene, seed, config)
        if begun.encoder.chart.contracted:
            raise BadInput(
                scene.path, "has neither alpha nor masks of an object", "use another recipe, splat_surface say"
            )
        return begun

    @staticmethod
    def parameters(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
        return SignedDistance.begin(config.grid, config.perceptrons, config.distance, generator)

    @staticmethod
    def field(parameters: dict[str, Tensor], cells: Cells, config: Config) -> SignedDistance:
        return SignedDistance(parameters, grid_levels(config.grid), cells, config.distance)

    def __call__(self, context: Views | None = None) -> SignedDistance:
        """The surface as it is now; `context` says nothing that was not learnt already."""
        self._shown = self.field(self.learnt.parameters, self.cells, self.config)
        return self._shown

    def penalty(self, covered: Float[Tensor, ""]) -> Float[Tensor, ""]:
        """That of gradients which rays have met since the last call, besides what all such fields have."""
        penalty = super().penalty(covered)
        if not self._shown.slopes:
            return penalty
        return penalty + self.config.eikonal * (torch.cat(self._shown.slopes) - 1).square().mean()
