"""Scores of all held-out views of a finished run; and the worst, the median and the best of them to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.engine.benchmark.protocols import ViewScorer
from recon3d.engine.reconstruction import Reconstruction
from recon3d.io.images import write_image
from recon3d.metrics.protocol import mean_scores
from recon3d.types import LazyViews

RANKS = ("worst", "median", "best")
KINDS = ("truth", "render", "error")
LONGEST = 400
"""Pixels of the longer side of pictures in a report."""
FULL_ERROR = 0.25
"""The error, a mean over channels, that the last colour of the ramp stands for."""
RAMP = ((255, 255, 255), (254, 224, 144), (244, 109, 67), (165, 0, 38), (40, 0, 20))
"""Colours of errors from none on, evenly spaced."""


def score_views(
    reconstruction: Reconstruction, views: LazyViews, scorer: ViewScorer, device: torch.device, pictures: Path
) -> dict[str, Any]:
    """`mean` and `per_view` scores, and names and scores of the `shown` views by their rank.

    Of those, truth, render and error are written to the folder as <rank>.<kind>.png. The views are in the frame of the
    files.
    """
    per_view: dict[str, dict[str, float]] = {}
    for i, name in enumerate(views.names):
        target = views[i].to(device)
        per_view[name] = scorer.score(reconstruction.render(target.cameras), target, name)
    shown = ranked({name: scores["psnr"] for name, scores in per_view.items()})
    for rank, name in shown.items():
        target = views[views.names.index(name)].to(device)
        _write_triple(pictures, rank, *scorer.pictures(reconstruction.render(target.cameras), target, name))
    by_rank = {rank: {"name": name, "score": f"{per_view[name]['psnr']:.2f} dB"} for rank, name in shown.items()}
    return {"mean": mean_scores(list(per_view.values())), "per_view": per_view, "shown": by_rank}


def ranked(psnr: dict[str, float]) -> dict[str, str]:
    """The names with the least, the median and the highest value, by rank; each view once."""
    names = sorted(psnr, key=lambda name: psnr[name])
    chosen = dict(zip(RANKS, (names[0], names[len(names) // 2], names[-1]), strict=True))
    return {rank: name for rank, name in chosen.items() if list(chosen.values()).count(name) == 1 or rank == "median"}


def _write_triple(folder: Path, rank: str, prediction: Tensor, truth: Tensor) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    error = (prediction - truth).abs().mean(-1).cpu().numpy().astype(np.float32)
    shown = [small(truth.cpu().numpy()), small(prediction.cpu().numpy()), coloured(small(error))]
    for kind, picture in zip(KINDS, shown, strict=True):
        write_image(folder / f"{rank}.{kind}.png", picture)


def small(picture: Float[np.ndarray, "h w *c"]) -> Float[np.ndarray, "h2 w2 *c"]:
    """Shrunk by area to sides of at most LONGEST; smaller ones as they are."""
    height, width = picture.shape[:2]
    shrink = LONGEST / max(height, width)
    if shrink >= 1:
        return picture
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def coloured(error: Float[np.ndarray, "h w"], full: float = FULL_ERROR) -> Float[np.ndarray, "h w 3"]:
    """Errors as colours of the ramp, in [0, 1]; the last one is for `full` and more."""
    share, stops = np.clip(error / full, 0, 1), np.linspace(0, 1, len(RAMP))
    channels = [np.interp(share, stops, [colour[i] / 255 for colour in RAMP]) for i in range(3)]
    return np.stack(channels, -1).astype(np.float32)


def evenly_spread(count: int, wanted: int) -> list[int]:
    """So many of the numbers from 0 on, or all there are."""
    wanted = min(count, wanted)
    return [(2 * i + 1) * count // (2 * wanted) for i in range(wanted)]
