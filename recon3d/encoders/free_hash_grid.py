"""A fitted scene as a hash grid: an encoder that ignores its input and returns the field it has learnt (Müller et al.
2022, Instant-NGP)."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.encoders.fitted import Begun
from recon3d.encoders.learnt import Learnt
from recon3d.encoders.start.bounds import bounds_of
from recon3d.kernels import Cells
from recon3d.representations.hash_grid import GridConfig, HashGrid, PerceptronConfig, grid_levels
from recon3d.representations.occupancy import Chart
from recon3d.types import RadianceField, Scene, Views

__all__ = ["Config", "FreeHashGrid"]

HALF_SIZE = 1.0
"""Of the field: the world is moved so that what is to be learnt lies within."""


@dataclass(frozen=True)
class Config:
    rate: float = 1e-2
    """Learning rate at first; it decays to `decay` of itself."""
    decay: float = 0.03
    warm_up: int = 100
    """Steps over which the rate grows to what it is."""
    occupancy: int = 128
    """Cells along the side of the grid that says where it is empty."""
    occupancy_every: int = 16
    """Steps between looks at some of these cells."""
    occupancy_share: float = 0.0625
    """Of all cells, so many are looked at, and as many of those that are occupied."""
    faintest: float = 2.0
    """Cells with a lower density, in units of the field's half size, count as empty."""
    grid: GridConfig = field(default_factory=GridConfig)
    perceptrons: PerceptronConfig = field(default_factory=PerceptronConfig)


class FreeHashGrid:
    """The field of one scene, its optimiser's moments, and where it was found empty."""

    produces = RadianceField

    def __init__(self, config: Config, learnt: Learnt, chart: Chart, seed: int = 0) -> None:
        self.config, self.learnt, self.chart = config, learnt, chart
        self.levels = grid_levels(config.grid)
        self.generator = torch.Generator().manual_seed(seed)
        self.steps = 0
        self.cells = chart.cells(config.faintest)

    @staticmethod
    def begin(scene: Scene, seed: int, config: Config) -> Begun:
        """Nothing yet, in a world where the cube from -1 to 1 holds what is to be learnt, or what is looked at."""
        bounds = bounds_of(scene, seed)
        learnt = Learnt.new(HashGrid.begin(config.grid, config.perceptrons, torch.Generator().manual_seed(seed)))
        encoder = FreeHashGrid(config, learnt, Chart.unknown(config.occupancy, HALF_SIZE, bounds.open), seed + 1)
        where = "all of space" if bounds.open else "a cube around the silhouettes"
        note = f"a hash grid of {len(learnt.parameters['table'])} rows for {where}"
        return Begun(encoder, scene.moved(bounds.unit_from_world), note)

    def to(self, device: torch.device) -> FreeHashGrid:
        """Moves everything that is optimised; returns itself."""
        self.learnt = self.learnt.to(device)
        self.chart.density = self.chart.density.to(device)
        self.cells = self.chart.cells(self.config.faintest)
        return self

    def __call__(self, context: Views | None = None) -> HashGrid:
        """The field as it is now; `context` says nothing that was not learnt already."""
        return HashGrid(self.learnt.parameters, self.levels, self.cells)

    def penalty(self, covered: Float[Tensor, ""]) -> Float[Tensor, ""]:
        """Nothing is to be preferred that the pictures do not ask for."""
        return torch.zeros_like(covered)

    @torch.no_grad()
    def learn(self, progress: float, size: tuple[int, int]) -> None:
        """One step from the gradients of the last loss; then, now and then, a look at what is empty."""
        self.steps += 1
        config = self.config
        rate = config.rate * config.decay**progress * min(1.0, self.steps / config.warm_up)
        self.learnt.step(rate, self.steps, sparse=("table",))
        if self.steps % config.occupancy_every == 0:
            count = int(config.occupancy_share * config.occupancy**3)
            self.chart.look_again(self(None), count, self.generator)
            self.cells = self.chart.cells(config.faintest)

    def check(self) -> None:
        """Raises Diverged where a parameter is not finite."""
        self.learnt.check(self.steps)

    def summary(self) -> tuple[str, dict[str, float]]:
        """What there is to tell of the fit, in words and numbers."""
        share = float(self.cells.occupied.float().mean()) if self.cells.occupied is not None else 1.0
        return f"{share:.1%} occupied", {"occupied": round(share, 4)}

    def state(self) -> dict[str, Tensor]:
        """Everything that the next step depends on, as named tensors."""
        rest = {"generator": self.generator.get_state(), "steps": torch.tensor(self.steps)}
        chart = {"chart.density": self.chart.density, "chart.contracted": torch.tensor(self.chart.contracted)}
        return {**self.learnt.state(), **chart, "chart.occupied": self._occupied(), **rest}

    def weights(self) -> dict[str, Tensor]:
        """The field as named tensors."""
        contracted = torch.tensor(self.chart.contracted)
        return {**self.learnt.parameters, "cells.occupied": self._occupied(), "cells.contracted": contracted}

    @staticmethod
    def field_of(weights: dict[str, Tensor], config: Config) -> HashGrid:
        """The field that `weights` tells of. KeyError where a tensor is missing."""
        cells = Cells(weights["cells.occupied"], HALF_SIZE, bool(weights["cells.contracted"]))
        parameters = {name: tensor for name, tensor in weights.items() if not name.startswith("cells.")}
        return HashGrid(parameters, grid_levels(config.grid), cells)

    def _occupied(self) -> Tensor:
        assert self.cells.occupied is not None  # a chart's cells
        return self.cells.occupied

    @staticmethod
    def restored(state: dict[str, Tensor], config: Config) -> FreeHashGrid:
        """The inverse of `state`. KeyError where a tensor is missing."""
        chart = Chart(state["chart.density"], HALF_SIZE, bool(state["chart.contracted"]))
        encoder = FreeHashGrid(config, Learnt.restored(state), chart)
        encoder.cells = Cells(state["chart.occupied"], HALF_SIZE, chart.contracted)
        encoder.generator.set_state(state["generator"].cpu())
        encoder.steps = int(state["steps"])
        return encoder
