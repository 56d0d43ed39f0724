"""A fitted scene of Gaussians: an encoder that ignores its input and returns what it holds.

Optimised as in Kerbl et al., "3D Gaussian Splatting" (2023), section 5: Adam per parameter group, spherical harmonics
that grow by degrees, density control after the step. All schedules run on `progress`, the share of the fit that is
done, so that they fit a number of steps or a time budget alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d import kernels
from recon3d.encoders.fitted import Begun
from recon3d.encoders.start import start_points
from recon3d.errors import Diverged
from recon3d.geometry.neighbours import mean_neighbour_distance
from recon3d.geometry.spherical_harmonics import dc_from_colour
from recon3d.representations.gaussian_parameters import Attention, GaussianParameters, Instant, Population
from recon3d.types import Cameras, Gaussians, PointCloud, Scene, Views

__all__ = ["Config", "FreeGaussians"]

LARGEST, FARTHEST = 1e4, 1e6
"""Standard deviation and distance, in units of the cameras' spread, beyond which a fit has lost its way."""

START_PIXELS, START_MOST = 14, 25_000
"""Where no number is asked for, one Gaussian to begin with stands for so many pixels of a picture, up to so many."""


@dataclass(frozen=True)
class Config:
    start: Literal["auto", "points", "silhouettes", "triangulated", "random"] = "auto"
    """Where the first Gaussians come from."""
    start_count: int = 0
    """About so many Gaussians to begin with; 0 is what the size of the pictures asks for."""
    start_opacity: float = 0.1
    start_scale: float = 0.65
    """Standard deviation of the first Gaussians, times the mean distance to their three neighbours."""
    sh_degree: int = 3
    """Final degree of the spherical harmonics."""
    sh_degree_every: float = 0.08
    """Share of the fit after which the degree grows by one."""
    means_rate: float = 1.6e-4
    """Learning rates; this one is in units of the cameras' spread, and decays to `means_decay` of itself."""
    means_decay: float = 0.01
    quaternions_rate: float = 1.5e-3
    scales_rate: float = 7.5e-3
    opacities_rate: float = 0.075
    colours_rate: float = 3.75e-3
    """Of the degree-0 harmonics; the others learn at a twentieth of it."""
    decay: float = 0.15
    """All rates but that of the means decay to this share of themselves, from `decay_from` of the fit on."""
    decay_from: float = 0.3
    opacity_penalty: float = 0.01
    """Weight of the mean opacity in the loss, where Gaussians cover the whole picture; elsewhere it is less."""
    scale_penalty: float = 0.04
    """Weight of the mean scale in the loss, likewise; in units of the cameras' spread."""
    flat_penalty: float = 0.0
    """Weight of the mean least scale, likewise: flat Gaussians lie in the surface (PGSR, Chen et al. 2024)."""


@runtime_checkable
class DensityControl(Protocol):
    """Decides which Gaussians to add, move or drop: see representations/mcmc.py and adaptive.py."""

    def due(self, now: Instant) -> bool: ...

    def revise(
        self, population: Population, attention: Attention, now: Instant, generator: torch.Generator
    ) -> Population: ...

    def jitter(self, parameters: GaussianParameters, means_rate: float, seed: int) -> None: ...


class FreeGaussians:
    """The Gaussians of one scene, their optimiser's moments and what density control has noticed."""

    produces = Gaussians

    def __init__(self, config: Config, density: DensityControl, population: Population, seed: int) -> None:
        self.config, self.density = config, density
        self.generator = torch.Generator().manual_seed(seed)
        self.steps = 0
        self.population, self.attention = (
            population,
            Attention.none(population.size, population.parameters.means.device),
        )
        self._adopt(population)

    @staticmethod
    def begin(
        scene: Scene, seed: int, config: Config, density: DensityControl, start: Gaussians | None = None
    ) -> Begun:
        """A first guess, in a world where the farthest camera lies at distance 1; or `start`, Gaussians in the frame of
        the input, whose harmonics grow again from the degree that they have."""
        scene, generator = scene.normalised(), torch.Generator().manual_seed(seed)
        if start is not None:
            way, first = "given", start.moved(scene.world_from_input)
        else:
            count = config.start_count or start_count(scene.train.cameras)
            way, cloud = start_points(scene, config.start, count, generator)
            first = first_gaussians(cloud, config, generator)
        encoder = FreeGaussians(config, density, Population.new(GaussianParameters.of(first)), seed + 1)
        return Begun(encoder, scene, f"{len(first)} Gaussians to begin with ({way})")

    def to(self, device: torch.device) -> FreeGaussians:
        """Moves everything that is optimised; returns itself."""
        attention = Attention(*(tensor.to(device) for tensor in self.attention))
        self._adopt(Population(*(part.map(lambda tensor: tensor.to(device)) for part in self.population)))
        self.attention = attention
        return self

    def __call__(self, context: Views | None = None) -> Gaussians:
        """The Gaussians as they are now; `context` says nothing that was not learnt already."""
        parameters = self.population.parameters
        self._probe = parameters.means.new_zeros(len(parameters.means), 2).requires_grad_(torch.is_grad_enabled())
        self._shown = parameters.physical(self._probe)
        return self._shown

    def penalty(self, covered: Float[Tensor, ""]) -> Float[Tensor, ""]:
        """What to add to the loss of the last Gaussians: few, small ones are preferred (3DGS-MCMC, equation 10).

        `covered` is the share of the picture that they cover. The loss is a mean over the whole picture: where most of
        it is empty, its pull on a Gaussian is that much weaker, and so must these be.
        """
        config, shown = self.config, self._shown
        total = shown.means.new_zeros(())
        if config.opacity_penalty:
            total = total + config.opacity_penalty * shown.opacities.mean()
        if config.scale_penalty:
            total = total + config.scale_penalty * shown.scales.mean()
        if config.flat_penalty:
            total = total + config.flat_penalty * shown.scales.amin(1).mean()
        return covered * total

    @torch.no_grad()
    def learn(self, progress: float, size: tuple[int, int]) -> None:
        """One step from the gradients of the last loss, seen in a picture of (width, height); then upkeep."""
        self.steps += 1
        parameters, probe = self.population.parameters, self._probe
        assert probe.grad is not None
        seen = (probe.grad[:, 0] != 0) | (probe.grad[:, 1] != 0)  # torch is slow at reducing an axis of two
        self.attention = self.attention.noticing(probe.grad, seen, size)
        for name, rates in self._rates(progress).items():
            parameter = getattr(parameters, name)
            moments = (getattr(self.population.first, name), getattr(self.population.second, name))
            kernels.adam_step(parameter, parameter.grad, moments, rates, self.steps, seen)
            parameter.grad = None
        self.density.jitter(parameters, self._means_rate(progress), self.steps)
        self._keep_up(progress)

    @torch.no_grad()
    def check(self) -> None:
        """Raises Diverged where a Gaussian is not finite, or larger or farther than any scene needs."""
        parameters = self.population.parameters
        place = f"step {self.steps}"
        if not all(bool(tensor.sum().isfinite()) for tensor in parameters):
            raise Diverged(place, "a Gaussian is not finite", "lower the learning rates")
        if float(parameters.log_scales.max()) > math.log(LARGEST):
            raise Diverged(place, f"a Gaussian is {LARGEST:g} times as large as the scene", "lower the learning rates")
        if float(parameters.means.abs().max()) > FARTHEST:
            raise Diverged(place, f"a Gaussian is {FARTHEST:g} times as far as the cameras", "lower the learning rates")

    def _keep_up(self, progress: float) -> None:
        population = self.population
        now = Instant(self.steps, progress)
        if self.density.due(now):
            population = self.density.revise(population, self.attention, now, self.generator)
        degree = min(self.config.sh_degree, int(progress / self.config.sh_degree_every))
        if (degree + 1) ** 2 > population.parameters.sh.shape[1]:
            population = population.widened((degree + 1) ** 2)
        if population is not self.population:
            self._adopt(population)

    def _adopt(self, population: Population) -> None:
        leaves = population.parameters.map(lambda tensor: tensor.detach().contiguous().requires_grad_())
        moments = (part.map(lambda tensor: tensor.contiguous()) for part in population[1:])
        self.population = Population(leaves, *moments)
        self.attention = Attention.none(population.size, leaves.means.device)

    def summary(self) -> tuple[str, dict[str, int]]:
        """How many there are, in words and numbers."""
        return f"{self.population.size} splats", {"splats": self.population.size}

    def state(self) -> dict[str, Tensor]:
        """Everything that the next step depends on, as named tensors: what a checkpoint holds."""
        parts: dict[str, GaussianParameters | Attention] = {**self.population._asdict(), "attention": self.attention}
        tensors = {f"{part}.{n}": tensor.detach() for part, v in parts.items() for n, tensor in v._asdict().items()}
        return {**tensors, "generator": self.generator.get_state(), "steps": torch.tensor(self.steps)}

    @staticmethod
    def restored(state: dict[str, Tensor], config: Config, density: DensityControl) -> FreeGaussians:
        """The inverse of `state`. KeyError where a tensor is missing."""
        parts = [
            GaussianParameters(*(state[f"{p}.{n}"] for n in GaussianParameters._fields)) for p in Population._fields
        ]
        encoder = FreeGaussians(config, density, Population(*parts), seed=0)
        encoder.attention = Attention(*(state[f"attention.{name}"] for name in Attention._fields))
        encoder.generator.set_state(state["generator"].cpu())
        encoder.steps = int(state["steps"])
        return encoder

    def _means_rate(self, progress: float) -> float:
        return self.config.means_rate * self.config.means_decay**progress

    def _rates(self, progress: float) -> dict[str, Float[Tensor, " c"]]:
        config = self.config
        late = max(0.0, (progress - config.decay_from) / (1 - config.decay_from))
        decay = config.decay**late
        coefficients = self.population.parameters.sh.shape[1]
        colours = torch.full((3 * coefficients,), config.colours_rate / 20 * decay)
        colours[:3] *= 20
        return {
            "means": torch.tensor([self._means_rate(progress)]),
            "quaternions": torch.tensor([config.quaternions_rate * decay]),
            "log_scales": torch.tensor([config.scales_rate * decay]),
            "opacity_logits": torch.tensor([config.opacities_rate * decay]),
            "sh": colours,
        }


def start_count(cameras: Cameras) -> int:
    """How many Gaussians to begin with: fewer learn faster, but large pictures show what few cannot hold."""
    pixels = float((cameras.width * cameras.height).double().mean())
    return min(START_MOST, math.ceil(pixels / START_PIXELS))


def first_gaussians(cloud: PointCloud, config: Config, generator: torch.Generator) -> Gaussians:
    """Round Gaussians at the points, as large as the gaps between them, turned at random."""
    distance = mean_neighbour_distance(cloud.positions).clamp_min(1e-6)
    count = len(cloud)
    return Gaussians(
        cloud.positions,
        torch.randn(count, 4, generator=generator),
        (config.start_scale * distance)[:, None].expand(count, 3),
        torch.full((count,), config.start_opacity),
        dc_from_colour(cloud.colours)[:, None, :],
    )
