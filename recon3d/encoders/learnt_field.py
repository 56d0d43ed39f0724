"""Fitted fields that are nothing but their parameters: no chart of where they are empty, nothing to keep up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.encoders.fitted import Begun
from recon3d.encoders.learnt import Learnt
from recon3d.encoders.start.bounds import bounds_of
from recon3d.types import RadianceField, Scene, Views

HALF_SIZE = 1.0
"""Of the fields: the world is moved so that what is to be learnt lies within."""


class LearntField(ABC):
    """The parameters of one scene's field, and their optimiser's moments. See `fitted.FittedField`."""

    produces = RadianceField

    def __init__(self, config: Any, learnt: Learnt, seed: int) -> None:
        self.config, self.learnt, self.seed = config, learnt, seed
        self.steps = 0

    @staticmethod
    @abstractmethod
    def parameters(config: Any, generator: torch.Generator) -> dict[str, Tensor]:
        """Those to begin with, by name."""

    @staticmethod
    @abstractmethod
    def field_of(weights: dict[str, Tensor], config: Any) -> RadianceField:
        """What parameters say, as they are in a run's folder. KeyError where one is missing."""

    @abstractmethod
    def rate(self, progress: float) -> float:
        """The learning rate of this step."""

    @classmethod
    def begin(cls, scene: Scene, seed: int, config: Any) -> Begun:
        """Nothing yet, in a world where the cube from -1 to 1 holds what is to be learnt."""
        parameters = cls.parameters(config, torch.Generator().manual_seed(seed))
        count = sum(tensor.numel() for tensor in parameters.values())
        unit_from_world = bounds_of(scene, seed).unit_from_world
        note = f"a field of {count} parameters for a cube around what is seen"
        return Begun(cls(config, Learnt.new(parameters), seed), scene.moved(unit_from_world), note)

    def to(self, device: torch.device) -> LearntField:
        """Moves everything that is optimised; returns itself."""
        self.learnt = self.learnt.to(device)
        return self

    def __call__(self, context: Views | None = None) -> RadianceField:
        """The field as it is now; `context` says nothing that was not learnt already."""
        return self.field_of(self.learnt.parameters, self.config)

    def penalty(self, covered: Float[Tensor, ""]) -> Float[Tensor, ""]:
        """Nothing is to be preferred that the pictures do not ask for."""
        return torch.zeros_like(covered)

    def learn(self, progress: float, size: tuple[int, int]) -> None:
        """One step from the gradients of the last loss."""
        self.steps += 1
        self.learnt.step(self.rate(progress), self.steps)

    def check(self) -> None:
        """Raises Diverged where a parameter is not finite."""
        self.learnt.check(self.steps)

    def summary(self) -> tuple[str, dict[str, int]]:
        """There is nothing to tell but what all fits tell."""
        return "", {}

    def state(self) -> dict[str, Tensor]:
        """Everything that the next step depends on, as named tensors."""
        return {**self.learnt.state(), "steps": torch.tensor(self.steps), "seed": torch.tensor(self.seed)}

    @classmethod
    def restored(cls, state: dict[str, Tensor], config: Any) -> LearntField:
        """The inverse of `state`. KeyError where a tensor is missing."""
        encoder = cls(config, Learnt.restored(state), int(state["seed"]))
        encoder.steps = int(state["steps"])
        return encoder

    def weights(self) -> dict[str, Tensor]:
        """The field as named tensors."""
        return dict(self.learnt.parameters)
