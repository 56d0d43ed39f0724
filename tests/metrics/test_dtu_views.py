"""The split of few views, and scores of the object alone."""

from __future__ import annotations

import math

import pytest
import torch

from recon3d.metrics import dtu_views
from recon3d.metrics.image import ssim
from recon3d.types import Cameras, Rendering, Views

MASK = torch.zeros(24, 20, dtype=torch.bool)
MASK[6:18, 5:15] = True


def view(image: torch.Tensor, alpha: torch.Tensor | None = None) -> Views:
    height, width, _ = image.shape
    cameras = Cameras(torch.eye(4)[None], torch.eye(3)[None], torch.tensor([width]), torch.tensor([height]))
    return Views(cameras, image[None], None if alpha is None else alpha[None])


def noise(seed: int) -> torch.Tensor:
    return torch.rand(24, 20, 3, generator=torch.Generator().manual_seed(seed))


def test_the_split() -> None:
    assert dtu_views.INPUTS[:3] == (25, 22, 28)
    assert len(dtu_views.SCANS) == 15
    assert len(dtu_views.TESTED) == 25
    every = {*dtu_views.INPUTS, *dtu_views.BADLY_EXPOSED, *dtu_views.TESTED}
    assert every == set(range(49))
    assert len(dtu_views.INPUTS) + len(dtu_views.BADLY_EXPOSED) + len(dtu_views.TESTED) == 49


@pytest.mark.parametrize(("width", "expected"), [(1600, 4), (800, 1), (400, 1)])
def test_only_full_pictures_are_shrunk(width: int, expected: int) -> None:
    assert dtu_views.downscale_of(width) == expected


def test_what_is_beside_the_object_does_not_count() -> None:
    truth, seen = noise(0), noise(0)
    seen[~MASK] = noise(1)[~MASK]
    scores = dtu_views.score(Rendering(seen[None], torch.ones(1, 24, 20)), view(truth), MASK)
    assert scores == {"psnr": math.inf, "ssim": pytest.approx(1)}


def test_psnr_is_that_of_the_object_and_ssim_that_of_the_object_on_white() -> None:
    truth, seen = torch.full((24, 20, 3), 100 / 255), torch.full((24, 20, 3), 120 / 255)
    scores = dtu_views.score(Rendering(seen[None], torch.ones(1, 24, 20)), view(truth), MASK)
    assert scores["psnr"] == pytest.approx(-20 * math.log10(20 / 255), abs=1e-4)
    on_white = [torch.where(MASK[..., None], picture, 1.0) for picture in (seen, truth)]
    assert scores["ssim"] == pytest.approx(ssim(*on_white), abs=1e-9)
    there, here = (
        dtu_views.score(Rendering(noise(0)[None], torch.ones(1, 24, 20)), view(noise(1)), m) for m in (MASK, ~MASK)
    )
    assert there["ssim"] != pytest.approx(here["ssim"], abs=1e-3)


def test_pictures_are_rounded_and_transparency_shows_white() -> None:
    truth, alpha = noise(2), torch.full((24, 20), 0.5)
    target = view(truth * alpha[..., None], alpha)
    prediction, shown = dtu_views.compared_pictures(Rendering(target.images, target.alpha), target, MASK)
    assert torch.equal(prediction, shown)
    assert torch.equal(shown[~MASK], torch.ones_like(shown[~MASK]))
    assert torch.equal(shown[MASK], ((truth * 0.5 + 0.5) * 255).round()[MASK] / 255)


def test_perceptual_distances_are_of_the_object_on_white() -> None:
    given = []
    dtu_views.score(
        Rendering(noise(0)[None], torch.ones(1, 24, 20)), view(noise(1)), MASK, lambda a, b: given.append((a, b)) or 0.5
    )
    assert torch.equal(given[0][0][~MASK], given[0][1][~MASK])
    assert not torch.equal(given[0][0][MASK], given[0][1][MASK])
