"""Named parameters, and the moments that Adam keeps of their gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from recon3d import kernels
from recon3d.errors import Diverged


class Learnt:
    """What a field that is fitted to a scene has learnt. `parameters` are leaves that gradients gather at, by name in
    the order of names: a checkpoint comes back in any order, and sums over all must not depend on it."""

    def __init__(self, parameters: dict[str, Tensor], moments: tuple[dict[str, Tensor], dict[str, Tensor]]) -> None:
        self.parameters = {n: p.detach().contiguous().requires_grad_() for n, p in sorted(parameters.items())}
        self.moments = tuple({n: m.contiguous() for n, m in some.items()} for some in moments)

    @staticmethod
    def new(parameters: dict[str, Tensor]) -> Learnt:
        """Before the first step."""
        zeros = [{name: torch.zeros_like(parameter) for name, parameter in parameters.items()} for _ in range(2)]
        return Learnt(parameters, (zeros[0], zeros[1]))

    def to(self, device: torch.device) -> Learnt:
        """The same on another device."""
        moved = [{n: t.to(device) for n, t in some.items()} for some in (self.parameters, *self.moments)]
        return Learnt(moved[0], (moved[1], moved[2]))

    @torch.no_grad()
    def step(self, rate: float, step: int, sparse: tuple[str, ...] = ()) -> None:
        """One step of Adam from the gradients, which are then gone. `step` counts from 1.

        Of `sparse` parameters only those rows change that have a gradient: the others, moments and all, wait.
        """
        for name, parameter in self.parameters.items():
            gradient, parameter.grad = parameter.grad, None
            if gradient is None:
                continue
            rows = touched(gradient) if name in sparse else None
            tensors = [parameter, gradient.contiguous(), *(some[name] for some in self.moments)]
            if rows is None:
                tensors = [tensor.view(-1) for tensor in tensors]
            shown, given, first, second = tensors
            kernels.adam_step(shown, given, (first, second), torch.tensor([rate]), step, rows)

    @torch.no_grad()
    def clip(self, steepest: float) -> None:
        """Cut every gradient down to this size, then scale all so that together they are no longer."""
        gradients = [p.grad.clamp_(-steepest, steepest) for p in self.parameters.values() if p.grad is not None]
        length = float(torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt())
        for gradient in gradients:
            gradient.mul_(min(1.0, steepest / max(length, torch.finfo(gradient.dtype).tiny)))

    def check(self, step: int) -> None:
        """Raises Diverged where a parameter is not finite after that step."""
        if not all(bool(parameter.detach().sum().isfinite()) for parameter in self.parameters.values()):
            raise Diverged(f"step {step}", "a parameter is not finite", "lower the learning rate")

    def state(self) -> dict[str, Tensor]:
        """As named tensors."""
        parts = zip(("parameters", "first", "second"), (self.parameters, *self.moments), strict=True)
        return {f"{part}.{name}": tensor.detach() for part, some in parts for name, tensor in some.items()}

    @staticmethod
    def restored(state: dict[str, Tensor]) -> Learnt:
        """The inverse of `state`; other tensors in it are left alone."""
        parts = [
            {key.removeprefix(f"{part}."): t for key, t in state.items() if key.startswith(f"{part}.")}
            for part in ("parameters", "first", "second")
        ]
        return Learnt(parts[0], (parts[1], parts[2]))


def touched(gradient: Tensor) -> Tensor:
    """Which rows have any gradient. Two neighbours are looked at as one number of twice the size: sooner done."""
    if gradient.dtype == torch.float32 and gradient.shape[1] % 2 == 0:
        gradient = gradient.view(torch.int64)
    columns = (gradient != 0).unbind(1)
    result = columns[0]
    for column in columns[1:]:
        result = result | column
    return result
