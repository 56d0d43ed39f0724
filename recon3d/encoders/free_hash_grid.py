"""A fitted scene as a hash grid: an encoder that ignores its input and returns the field it has learnt (Müller et al.
2022, Instant-NGP)."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from recon3d.encoders.charted import ChartedConfig, ChartedEncoder
from recon3d.kernels import Cells
from recon3d.representations.hash_grid import GridConfig, HashGrid, PerceptronConfig, grid_levels

__all__ = ["Config", "FreeHashGrid"]


@dataclass(frozen=True)
class Config(ChartedConfig):
    grid: GridConfig = field(default_factory=GridConfig)
    perceptrons: PerceptronConfig = field(default_factory=PerceptronConfig)


class FreeHashGrid(ChartedEncoder):
    """The grid of one scene, and the perceptrons that read it."""

    sparse = ("table",)

    @staticmethod
    def parameters(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
        return HashGrid.begin(config.grid, config.perceptrons, generator)

    @staticmethod
    def field(parameters: dict[str, Tensor], cells: Cells, config: Config) -> HashGrid:
        return HashGrid(parameters, grid_levels(config.grid), cells)
