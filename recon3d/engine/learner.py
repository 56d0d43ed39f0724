"""What a step does to a network's weights, and the state of it that a checkpoint keeps."""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from torch import Tensor, nn

from recon3d.engine import checkpoint
from recon3d.engine.clock import Clock
from recon3d.engine.ranks import Ranks
from recon3d.engine.train import Config, Lesson
from recon3d.errors import Diverged

BETAS = (0.9, 0.95)
"""Of Adam's moments, as LRM and its kin have them."""
MATRICES = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
"""Layers whose weights decay; norms, biases, embeddings and learnt tokens do not."""
MOST_SKIPPED = 20
"""So many steps in a row without a finite gradient, and the training has diverged."""


class Learner:
    """AdamW (Loshchilov and Hutter 2019) by gradients that are averaged over all processes and shortened to a greatest
    norm. A step whose loss or gradient is not finite is skipped."""

    def __init__(self, network: nn.Module, config: Config, ranks: Ranks) -> None:
        self.config, self.ranks = config, ranks
        self.weights = {name: weight for name, weight in network.named_parameters() if weight.requires_grad}
        self.optimiser = torch.optim.AdamW(self._groups(network), betas=BETAS)
        self.average = Average(network, config.ema)
        self.skipped = self.skipped_in_a_row = 0

    def _groups(self, network: nn.Module) -> list[dict[str, Any]]:
        matrices = {id(layer.weight) for layer in network.modules() if isinstance(layer, MATRICES)}
        decaying = [weight for weight in self.weights.values() if id(weight) in matrices]
        others = [weight for weight in self.weights.values() if id(weight) not in matrices]
        return [{"params": decaying, "weight_decay": self.config.weight_decay}, {"params": others, "weight_decay": 0.0}]

    def learn(self, loss: Tensor, clock: Clock) -> Lesson:
        """One step downhill. Raises Diverged where too many in a row had to be skipped."""
        loss.backward()
        loss, gradients = loss.detach().clone(), [self._gradient(weight) for weight in self.weights.values()]
        self.ranks.average([loss, *gradients])
        norm = nn.utils.clip_grad_norm_(self.weights.values(), self.config.clip)
        lesson = Lesson(float(loss), float(norm), self.config.rate(clock), skipped=False)
        if math.isfinite(lesson.loss) and math.isfinite(lesson.gradient):
            self._step(lesson.rate)
        else:
            lesson = lesson._replace(skipped=True)
            self._skip(clock)
        self.optimiser.zero_grad()
        return lesson

    @staticmethod
    def _gradient(weight: nn.Parameter) -> Tensor:
        if weight.grad is None:  # not used in this step, but perhaps by another process
            weight.grad = torch.zeros_like(weight)
        return weight.grad

    def _step(self, rate: float) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        self.average.update()
        self.skipped_in_a_row = 0

    def _skip(self, clock: Clock) -> None:
        self.skipped += 1
        self.skipped_in_a_row += 1
        if self.skipped_in_a_row >= MOST_SKIPPED:
            reason = f"the loss or its gradient was not finite {MOST_SKIPPED} times in a row"
            raise Diverged(f"step {clock.step + 1}", reason, "lower the learning rate")

    def tensors(self) -> dict[str, Tensor]:
        """The averaged weights and Adam's moments, by name."""
        tensors = checkpoint.within("average", self.average.network.state_dict())
        for name, weight in self.weights.items():
            tensors |= checkpoint.within(f"optimiser.{name}", self.optimiser.state[weight])
        return tensors

    def state(self) -> dict[str, int]:
        return {
            "skipped": self.skipped,
            "skipped_in_a_row": self.skipped_in_a_row,
            "averaged": self.average.updates,
        }

    def restore(self, tensors: dict[str, Tensor], state: dict[str, int]) -> None:
        """Goes on from what `tensors` and `state` gave."""
        self.average.network.load_state_dict(checkpoint.section("average", tensors))
        for key, tensor in checkpoint.section("optimiser", tensors).items():
            name, _, kind = key.rpartition(".")
            weight = self.weights[name]
            self.optimiser.state[weight][kind] = tensor if kind == "step" else tensor.to(weight.device)
        self.average.updates = state["averaged"]
        self.skipped, self.skipped_in_a_row = state["skipped"], state["skipped_in_a_row"]


class Average:
    """A network whose weights are a running mean of another's: better than those of any one step (Polyak and Juditsky
    1992). The mean reaches back over few steps at first, so that it forgets where it began."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.source, self.decay, self.updates = network, decay, 0
        self.network: Any = copy.deepcopy(network).requires_grad_(False).eval()

    @torch.no_grad()
    def update(self) -> None:
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for mean, weight in zip(self.network.parameters(), self.source.parameters(), strict=True):
            mean.lerp_(weight, 1 - decay)
        for copied, buffer in zip(self.network.buffers(), self.source.buffers(), strict=True):
            copied.copy_(buffer)
