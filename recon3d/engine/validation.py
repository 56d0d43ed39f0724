"""A look at examples that are not learnt from: scores, and a sheet of pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d.engine.batches import Example
from recon3d.engine.train import FeedForwardEncoder
from recon3d.engine.training import Training
from recon3d.io.images import write_image
from recon3d.metrics.image import iou, psnr
from recon3d.metrics.protocol import mean_scores
from recon3d.types import Cameras, Rendering, Views

HELD_OUT_SEED = 20_240_229
"""Of the examples that are held out: the same for every training, so that trainings can be compared."""
GAP = 2
"""Pixels of frame around the pictures of a sheet."""
FRAME = 0.8
"""Its grey."""


@dataclass(frozen=True)
class Validation:
    """The held-out examples, and what draws them."""

    examples: list[Example]
    render: Callable[[Any, Cameras], Rendering]
    device: torch.device

    @staticmethod
    def of(training: Training) -> Validation:
        source = training.request.recipe.parts["examples"].make(HELD_OUT_SEED)
        return Validation([source[i] for i in range(training.config.held_out)], training.render, training.device)

    @torch.no_grad()
    def __call__(self, encode: FeedForwardEncoder, sheet: Path) -> dict[str, float]:
        """PSNR of the targets over white and IoU of what is covered, means over all but those seen from where the
        context was. The pictures go to the sheet, a PNG with a row for each example: its context, then each target
        beside what was drawn for it."""
        rows, scores = [], []
        for example in self.examples:
            context, target = example.context.to(self.device), example.targets.to(self.device)
            (seen,) = encode.each([context])
            rendering = self.render(seen, target.cameras)
            views, new = scores_of(rendering, target), seen_anew(target.cameras, context.cameras)
            scores.append(mean_scores(list(compress(views, new)) or views))
            pairs = zip(over_white(target), over_white(rendering), strict=True)
            rows.append([*over_white(context), *(picture for pair in pairs for picture in pair)])
        write_image(sheet, contact_sheet(rows))
        return mean_scores(scores)


def seen_anew(targets: Cameras, context: Cameras) -> list[bool]:
    """Whether each of the targets is seen from elsewhere than all of the context."""
    places = context.world_from_camera
    return [bool((place != places).flatten(1).any(1).all()) for place in targets.world_from_camera]


def scores_of(rendering: Rendering, target: Views) -> list[dict[str, float]]:
    """Of every view. Where there is no alpha, everything should be covered."""
    alpha = torch.ones_like(rendering.alpha) if target.alpha is None else target.alpha
    views = zip(over_white(rendering), over_white(target), rendering.alpha > 0.5, alpha > 0.5, strict=True)
    return [{"psnr": psnr(drawn, true), "iou": iou(covered, object_)} for drawn, true, covered, object_ in views]


def over_white(pictures: Rendering | Views) -> Float[Tensor, "v h w 3"]:
    """Over white, as everything published is compared."""
    colour = pictures.colour if isinstance(pictures, Rendering) else pictures.images
    return pictures.over(torch.ones(3).to(colour)).clamp(0, 1)


def contact_sheet(rows: list[list[Tensor]]) -> Float[Tensor, "h w 3"]:
    """Pictures in rows, each framed and made as large as the last of them; every row has as many."""
    height, width = rows[-1][-1].shape[:2]
    return torch.cat([torch.cat([_framed(picture, height, width) for picture in row], 1) for row in rows])


def _framed(picture: Float[Tensor, "h w 3"], height: int, width: int) -> Tensor:
    channels_first = picture.permute(2, 0, 1)[None]
    if picture.shape[:2] != (height, width):
        channels_first = functional.interpolate(channels_first, (height, width), mode="bilinear", antialias=True)
    return functional.pad(channels_first, (GAP, GAP, GAP, GAP), value=FRAME)[0].permute(1, 2, 0)
