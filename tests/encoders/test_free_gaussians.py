"""The fitted encoder's own rules: what it asks of its Gaussians, and with how many it begins."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from recon3d.encoders import free_gaussians
from recon3d.encoders.free_gaussians import FreeGaussians
from recon3d.io.scene import SceneOptions, load_scene
from recon3d.representations import mcmc
from recon3d.representations.gaussian_parameters import GaussianParameters, Population
from recon3d.types import Gaussians

KETCH = Path(__file__).parents[2] / "scenes" / "ketch"


def encoder(config: free_gaussians.Config) -> FreeGaussians:
    opacities = torch.tensor([0.2, 0.6])
    gaussians = Gaussians(torch.zeros(2, 3), torch.eye(4)[:2], torch.full((2, 3), 0.5), opacities, torch.zeros(2, 1, 3))
    population = Population.new(GaussianParameters.of(gaussians))
    return FreeGaussians(config, mcmc.Mcmc(mcmc.Config()), population, seed=0)


def test_gaussians_are_penalised_by_the_share_of_the_picture_that_is_covered() -> None:
    fitted = encoder(free_gaussians.Config(opacity_penalty=0.1, scale_penalty=0.01))
    fitted()
    for covered in (1.0, 0.25):
        expected = covered * (0.1 * 0.4 + 0.01 * 0.5)
        assert float(fitted.penalty(torch.tensor(covered)).detach()) == pytest.approx(expected, rel=1e-5)


def test_the_size_of_the_pictures_says_how_many_gaussians_to_begin_with() -> None:
    cameras = load_scene(KETCH, SceneOptions()).train.cameras
    expected = 400 * 400 / free_gaussians.START_PIXELS
    assert free_gaussians.start_count(cameras) == pytest.approx(expected, abs=1)
    assert free_gaussians.start_count(cameras.resized(200, 200)) == pytest.approx(expected / 4, abs=1)
    assert free_gaussians.start_count(cameras.resized(8000, 8000)) == free_gaussians.START_MOST


def test_the_least_scale_is_penalised_where_flat_gaussians_are_asked_for() -> None:
    fitted = encoder(free_gaussians.Config(opacity_penalty=0.0, scale_penalty=0.0, flat_penalty=2.0))
    with torch.no_grad():
        fitted.population.parameters.log_scales[:, 1] = torch.tensor([0.1, 0.3]).log()
    fitted()
    penalty = fitted.penalty(torch.tensor(0.5))
    assert float(penalty.detach()) == pytest.approx(0.5 * 2.0 * 0.2, rel=1e-5)
    penalty.backward()
    gradient = fitted.population.parameters.log_scales.grad
    assert gradient is not None
    assert gradient[:, 1].min() > 0
    assert float(gradient[:, [0, 2]].abs().max()) == 0
