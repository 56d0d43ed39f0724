"""Fitted fields that keep a chart of where they were found empty (Müller et al. 2022, Instant-NGP, section 5.4)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.encoders.fitted import Begun
from recon3d.encoders.learnt import Learnt
from recon3d.encoders.start.bounds import bounds_of
from recon3d.kernels import Cells
from recon3d.representations.occupancy import Chart, Charted
from recon3d.types import RadianceField, Scene, Views

PLACES = 4096
"""That are looked at in every step, where emptiness is preferred."""
HALF_SIZE = 1.0
"""Of the field: the world is moved so that what is to be learnt lies within."""


@dataclass(frozen=True)
class ChartedConfig:
    rate: float = 1e-2
    """Learning rate at first; it decays to `decay` of itself."""
    decay: float = 0.03
    warm_up: int = 100
    """Steps over which the rate grows to what it is."""
    occupancy: int = 128
    """Cells along the side of the grid that says where the field is empty."""
    occupancy_every: int = 16
    """Steps between looks at some of these cells."""
    occupancy_share: float = 0.0625
    """Of all cells, so many are looked at, and as many of those that are occupied."""
    faintest: float = 2.0
    """Cells with a lower density, in units of the field's half size, count as empty."""
    emptiness: float = 0.0
    """Where a field holds all of space: weight of how opaque random places of occupied cells are. Nothing else says
    that the air is empty."""


class ChartedEncoder(ABC):
    """The field of one scene, its optimiser's moments, and where it was found empty. See `fitted.FittedField`."""

    produces = RadianceField
    sparse: ClassVar[tuple[str, ...]] = ()
    """Parameters of which few rows have a gradient at a step."""

    def __init__(self, config: Any, learnt: Learnt, chart: Chart, seed: int = 0) -> None:
        self.config, self.learnt, self.chart = config, learnt, chart
        self.generator = torch.Generator().manual_seed(seed)
        self.steps = 0
        self.cells = chart.cells(config.faintest)

    @staticmethod
    @abstractmethod
    def parameters(config: Any, generator: torch.Generator) -> dict[str, Tensor]:
        """Those to begin with, by name."""

    @staticmethod
    @abstractmethod
    def field(parameters: dict[str, Tensor], cells: Cells, config: Any) -> Charted:
        """What parameters say. KeyError where one is missing."""

    @classmethod
    def begin(cls, scene: Scene, seed: int, config: Any) -> Begun:
        """Nothing yet, in a world where the cube from -1 to 1 holds what is to be learnt, or what is looked at."""
        bounds = bounds_of(scene, seed)
        learnt = Learnt.new(cls.parameters(config, torch.Generator().manual_seed(seed)))
        encoder = cls(config, learnt, Chart.unknown(config.occupancy, HALF_SIZE, bounds.open), seed + 1)
        count = sum(parameter.numel() for parameter in learnt.parameters.values())
        where = "all of space" if bounds.open else "a cube around the silhouettes"
        return Begun(encoder, scene.moved(bounds.unit_from_world), f"a field of {count} parameters for {where}")

    def to(self, device: torch.device) -> ChartedEncoder:
        """Moves everything that is optimised; returns itself."""
        self.learnt = self.learnt.to(device)
        self.chart.density = self.chart.density.to(device)
        assert self.cells.occupied is not None  # a chart's cells
        self.cells = self.cells._replace(occupied=self.cells.occupied.to(device))
        return self

    def __call__(self, context: Views | None = None) -> Charted:
        """The field as it is now; `context` says nothing that was not learnt already."""
        return self.field(self.learnt.parameters, self.cells, self.config)

    def penalty(self, covered: Float[Tensor, ""]) -> Float[Tensor, ""]:
        """Where a field holds all of space, that there is nothing; else nothing is to be preferred that the pictures do
        not ask for."""
        if not self.config.emptiness or not self.chart.contracted:
            return torch.zeros_like(covered)
        points, lengths = self.chart.occupied_places(self._occupied(), PLACES, self.generator)
        opacities = 1 - torch.exp(-self(None).density(points) * lengths)
        return self.config.emptiness * opacities.sum() / PLACES

    @torch.no_grad()
    def learn(self, progress: float, size: tuple[int, int]) -> None:
        """One step from the gradients of the last loss; then, now and then, a look at what is empty."""
        self.steps += 1
        config = self.config
        rate = config.rate * config.decay**progress * min(1.0, self.steps / config.warm_up)
        self.learnt.step(rate, self.steps, self.sparse)
        if self.steps % config.occupancy_every == 0:
            count = int(config.occupancy_share * config.occupancy**3)
            self.chart.look_again(self(None), count, self.generator)
            self.cells = self.chart.cells(config.faintest)

    def check(self) -> None:
        """Raises Diverged where a parameter is not finite."""
        self.learnt.check(self.steps)

    def summary(self) -> tuple[str, dict[str, float]]:
        """What there is to tell of the fit, in words and numbers."""
        share = float(self._occupied().float().mean())
        return f"{share:.1%} occupied", {"occupied": round(share, 4)}

    def state(self) -> dict[str, Tensor]:
        """Everything that the next step depends on, as named tensors."""
        rest = {"generator": self.generator.get_state(), "steps": torch.tensor(self.steps)}
        chart = {"chart.density": self.chart.density, "chart.contracted": torch.tensor(self.chart.contracted)}
        return {**self.learnt.state(), **chart, "chart.occupied": self._occupied(), **rest}

    @classmethod
    def restored(cls, state: dict[str, Tensor], config: Any) -> ChartedEncoder:
        """The inverse of `state`. KeyError where a tensor is missing."""
        chart = Chart(state["chart.density"], HALF_SIZE, bool(state["chart.contracted"]))
        encoder = cls(config, Learnt.restored(state), chart)
        encoder.cells = Cells(state["chart.occupied"], HALF_SIZE, chart.contracted)
        encoder.generator.set_state(state["generator"].cpu())
        encoder.steps = int(state["steps"])
        return encoder

    def weights(self) -> dict[str, Tensor]:
        """The field as named tensors."""
        contracted = torch.tensor(self.chart.contracted)
        return {**self.learnt.parameters, "cells.occupied": self._occupied(), "cells.contracted": contracted}

    @classmethod
    def field_of(cls, weights: dict[str, Tensor], config: Any) -> Charted:
        """The field that `weights` tell of. KeyError where a tensor is missing."""
        cells = Cells(weights["cells.occupied"], HALF_SIZE, bool(weights["cells.contracted"]))
        parameters = {name: tensor for name, tensor in weights.items() if not name.startswith("cells.")}
        return cls.field(parameters, cells, config)

    def _occupied(self) -> Tensor:
        assert self.cells.occupied is not None  # a chart's cells
        return self.cells.occupied
