"""A fitted scene as NeRF's pair of networks: an encoder that ignores its input and returns the fields it has learnt
(Mildenhall et al. 2020). Its weights have the names of nerf-pytorch's checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.encoders.fitted import Begun
from recon3d.encoders.learnt import Learnt
from recon3d.encoders.start.bounds import bounds_of
from recon3d.representations import nerf
from recon3d.representations.nerf import CoarseAndFine, NetworkConfig
from recon3d.types import RadianceField, Scene, Views

__all__ = ["Config", "FreeNerf"]

HALF_SIZE = 1.0
"""Of the fields: the world is moved so that what is to be learnt lies within."""


@dataclass(frozen=True)
class Config:
    rate: float = 5e-4
    """Learning rate at first; it decays to `decay` of itself."""
    decay: float = 0.1
    network: NetworkConfig = field(default_factory=NetworkConfig)


class FreeNerf:
    """The two networks of one scene, and their optimiser's moments."""

    produces = RadianceField

    def __init__(self, config: Config, learnt: Learnt) -> None:
        self.config, self.learnt, self.steps = config, learnt, 0

    @staticmethod
    def begin(scene: Scene, seed: int, config: Config) -> Begun:
        """Nothing yet, in a world where the cube from -1 to 1 holds what is to be learnt."""
        generator = torch.Generator().manual_seed(seed)
        parameters = {
            f"{network}.{name}": tensor
            for network in (nerf.COARSE, nerf.FINE)
            for name, tensor in nerf.begin(config.network, generator).items()
        }
        count = sum(tensor.numel() for tensor in parameters.values())
        bounds = bounds_of(scene, seed)
        note = f"two networks of {count} parameters for a cube around what is seen"
        return Begun(FreeNerf(config, Learnt.new(parameters)), scene.moved(bounds.unit_from_world), note)

    def to(self, device: torch.device) -> FreeNerf:
        """Moves everything that is optimised; returns itself."""
        self.learnt = self.learnt.to(device)
        return self

    def __call__(self, context: Views | None = None) -> CoarseAndFine:
        """The fields as they are now; `context` says nothing that was not learnt already."""
        return CoarseAndFine.of(self.learnt.parameters, self.config.network, HALF_SIZE)

    def penalty(self, covered: Float[Tensor, ""]) -> Float[Tensor, ""]:
        """Nothing is to be preferred that the pictures do not ask for."""
        return torch.zeros_like(covered)

    def learn(self, progress: float, size: tuple[int, int]) -> None:
        """One step from the gradients of the last loss."""
        self.steps += 1
        self.learnt.step(self.config.rate * self.config.decay**progress, self.steps)

    def check(self) -> None:
        """Raises Diverged where a parameter is not finite."""
        self.learnt.check(self.steps)

    def summary(self) -> tuple[str, dict[str, int]]:
        """There is nothing to tell but what all fits tell."""
        return "", {}

    def state(self) -> dict[str, Tensor]:
        """Everything that the next step depends on, as named tensors."""
        return {**self.learnt.state(), "steps": torch.tensor(self.steps)}

    @staticmethod
    def restored(state: dict[str, Tensor], config: Config) -> FreeNerf:
        """The inverse of `state`. KeyError where a tensor is missing."""
        encoder = FreeNerf(config, Learnt.restored(state))
        encoder.steps = int(state["steps"])
        return encoder

    def weights(self) -> dict[str, Tensor]:
        """The fields as named tensors."""
        return dict(self.learnt.parameters)

    @staticmethod
    def field_of(weights: dict[str, Tensor], config: Config) -> CoarseAndFine:
        """The fields that `weights` tell of. KeyError where a tensor is missing."""
        return CoarseAndFine.of(weights, config.network, HALF_SIZE)
