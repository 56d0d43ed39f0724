"""What is behind pictures with alpha while something is learnt from them."""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.types import Rendering, Views

BACKGROUNDS = {"white": (1.0, 1.0, 1.0), "black": (0.0, 0.0, 0.0)}

Choice = Literal["auto", "white", "black", "random"]
"""`auto` is white behind pictures with alpha and black elsewhere, `random` a new colour every time."""


class Backgrounds:
    """Backgrounds of one kind; the random ones follow from the seed."""

    def __init__(self, choice: Choice, seed: int) -> None:
        self.choice = choice
        self.generator = torch.Generator().manual_seed(seed)

    def next(self, target: Views) -> Float[Tensor, "3"] | None:
        """The colour behind these pictures; None is black."""
        choice = self.choice
        if choice == "auto":
            choice = "black" if target.alpha is None else "white"
        if choice == "random":
            return torch.rand(3, generator=self.generator).to(target.images)
        return None if choice == "black" else target.images.new_tensor(BACKGROUNDS[choice])

    def state(self) -> list[int]:
        """Of the random ones."""
        values: list[int] = self.generator.get_state().tolist()
        return values

    def restore(self, state: list[int]) -> None:
        self.generator.set_state(torch.tensor(state, dtype=torch.uint8))


def compared(
    rendering: Rendering, target: Views, background: Float[Tensor, "3"] | None
) -> tuple[Float[Tensor, "v h w 3"], Float[Tensor, "v h w 3"]]:
    """Prediction and truth over the background. A pixel that a mask leaves out is given the truth, so it asks for
    nothing."""
    prediction, truth = rendering.colour, target.images
    if background is not None:
        prediction, truth = rendering.over(background), target.over(background)
    if target.masks is not None:
        prediction = torch.where(target.masks[..., None], prediction, truth)
    return prediction, truth
