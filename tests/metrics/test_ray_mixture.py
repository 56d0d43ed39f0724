"""What samples along rays say, as a distribution of colours."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch import Tensor

from recon3d.metrics.colour_and_mask import ColourAndMask
from recon3d.metrics.ray_mixture import Config, RayMixtures, difference, surprise, unsure
from recon3d.types import Cameras, RayMixture, Rendering, Views

WEIGHTS = ("likelihood_first", "likelihood", "emptiness_first", "emptiness", "flipped_emptiness", "consistency")
NOTHING = Config(background="black", orientation=0.0, **dict.fromkeys(WEIGHTS, 0.0))


def mixture(rays: int = 5, samples: int = 7, seed: int = 0) -> RayMixture:
    generator = torch.Generator().manual_seed(seed)
    weights = torch.softmax(torch.randn(rays, samples, generator=generator), 1) * 0.9
    colours, scales = (torch.rand(rays, samples, 3, generator=generator) for _ in range(2))
    features = torch.randn(rays, samples, 6, generator=generator)
    return RayMixture(torch.arange(rays), weights, colours, scales + 0.1, features)


def seen(told: RayMixture, flipped: RayMixture | None = None) -> Rendering:
    pictures = torch.full((len(told.rays), 1, 1, 3), 0.4), torch.full((len(told.rays), 1, 1), 0.9)
    return Rendering(*pictures, coarse=Rendering(*pictures, mixture=told, flipped=flipped))


def target(rays: int = 5) -> Views:
    one, eye = torch.ones(rays, dtype=torch.int64), torch.eye(4).expand(rays, 4, 4)
    return Views(Cameras(eye, eye[:, :3, :3], one, one), torch.rand(rays, 1, 1, 3, generator=torch.Generator()))


def test_surprise_of_one_sample_is_that_of_a_laplace_distribution() -> None:
    one = dataclasses.replace(mixture(4, 1), weights=torch.full((4, 1), 0.3))
    truth = torch.rand(4, 3, generator=torch.Generator().manual_seed(2))
    expected = -torch.distributions.Laplace(one.colours[:, 0], one.scales[:, 0]).log_prob(truth).sum(-1).mean()
    torch.testing.assert_close(surprise(one, truth), expected)


def test_surprise_of_many_is_that_of_their_mixture() -> None:
    """By torch's own distributions; how much of the light a ray holds back does not matter."""
    told, truth = mixture(), torch.rand(5, 3, generator=torch.Generator().manual_seed(2))
    components = torch.distributions.Independent(torch.distributions.Laplace(told.colours, told.scales), 1)
    together = torch.distributions.MixtureSameFamily(torch.distributions.Categorical(told.weights), components)
    torch.testing.assert_close(surprise(told, truth), -together.log_prob(truth).mean())


def test_rays_are_compared_with_their_own_pixels() -> None:
    told, truth = mixture(), torch.rand(9, 3, generator=torch.Generator().manual_seed(2))
    rays = torch.tensor([0, 3, 4, 7, 8])
    torch.testing.assert_close(surprise(dataclasses.replace(told, rays=rays), truth), surprise(told, truth[rays]))


def test_no_colour_is_impossible() -> None:
    sure = dataclasses.replace(mixture(), scales=torch.full((5, 7, 3), 1e-6))
    worst = surprise(sure, torch.full((5, 3), 5.0))
    assert float(worst) == pytest.approx(-math.log(1e-12), rel=1e-5)


def test_there_is_nothing_where_rays_are_not_sure() -> None:
    """More doubt, more weight, more to pay; and it is paid by weight alone."""
    told = mixture()
    assert float(unsure(dataclasses.replace(told, weights=torch.zeros(5, 7)), 2.0)) == 0
    doubtful = dataclasses.replace(told, scales=told.scales * 3)
    assert float(unsure(doubtful, 2.0)) > float(unsure(told, 2.0)) > 0
    scales, weights = told.scales.requires_grad_(), told.weights.requires_grad_()
    unsure(dataclasses.replace(told, scales=scales, weights=weights), 2.0).backward()
    assert scales.grad is None
    assert weights.grad is not None
    assert float(weights.grad.min()) > 0
    doubt = told.scales.detach().sum(1).mean(1, keepdim=True)
    expected = torch.log(1 + 2 * doubt * told.weights).mean()
    torch.testing.assert_close(unsure(told, 2.0), expected)


def test_features_differ_by_their_divergence() -> None:
    told, other = mixture(), dataclasses.replace(mixture(seed=1), rays=torch.arange(5))
    assert float(difference(told, told)) == pytest.approx(0, abs=1e-7)
    assert 0 < float(difference(told, other)) < math.log(2)
    torch.testing.assert_close(difference(told, other), difference(other, told))
    p, q = torch.softmax(told.features, -1), torch.softmax(other.features, -1)
    middle = (p + q) / 2
    expected = (p * (p / middle).log() + q * (q / middle).log()).sum(-1) / 2
    torch.testing.assert_close(difference(told, other), expected.mean())


def test_flipped_rays_are_compared_with_those_they_come_from() -> None:
    told, other = mixture(), mixture(seed=1)
    some = torch.tensor([1, 4])
    few = RayMixture(some, *(t[some] for t in (other.weights, other.colours, other.scales, other.features)))
    p, q = torch.softmax(told.features[some], -1), torch.softmax(few.features, -1)
    middle = (p + q) / 2
    expected = (p * (p / middle).log() + q * (q / middle).log()).sum(-1) / 2
    torch.testing.assert_close(difference(told, few), expected.mean())


def test_weights_settle() -> None:
    """In even steps, and those of a training that was stopped go on where they were."""
    config = dataclasses.replace(NOTHING, likelihood_first=4.0, likelihood=1.0, settling=4)
    told, truth = mixture(), target()
    alone = surprise(told, truth.images.flatten(0, 2))
    plain = 3 * ColourAndMask(config)(seen(told), truth)
    objective = RayMixtures(config)
    weights = []
    for _ in range(6):
        weights.append(float((objective(seen(told), truth) - plain) / alone))
        other = RayMixtures(config)
        other.restore(objective.state())
        objective = other
    assert weights == pytest.approx([4, 3.25, 2.5, 1.75, 1, 1], abs=1e-4)


def test_every_part_counts_by_its_weight() -> None:
    facing = torch.rand(5, 7, generator=torch.Generator().manual_seed(4)) - 0.5
    told, flipped, truth = dataclasses.replace(mixture(), facing=facing), mixture(seed=1), target()
    colours = truth.images.flatten(0, 2)
    away = (told.weights * facing.clamp_min(0) ** 2).sum(1).mean()
    expected = {
        "likelihood": 2 * surprise(told, colours) + 2 * 0.1 * surprise(flipped, colours),
        "emptiness": 2 * unsure(told, 2.0),
        "flipped_emptiness": 2 * unsure(flipped, 2.0),
        "consistency": 2 * difference(told, flipped),
        "orientation": 2 * away,
    }
    plain = RayMixtures(NOTHING)(seen(told, flipped), truth)
    for name, part in expected.items():
        changes = {name: 2.0} | ({f"{name}_first": 2.0} if name in ("likelihood", "emptiness") else {})
        loss = RayMixtures(dataclasses.replace(NOTHING, **changes))(seen(told, flipped), truth)
        torch.testing.assert_close(loss - plain, part, msg=name)


def test_it_wants_to_be_told() -> None:
    plain = seen(mixture())
    with pytest.raises(ValueError, match="cone_march"):
        RayMixtures(NOTHING)(dataclasses.replace(plain, coarse=None), target())


def test_what_was_seen_at_first_counts_so_much() -> None:
    def loss(weight: float) -> Tensor:
        return ColourAndMask(Config(coarse_weight=weight))(seen(mixture()), target())

    torch.testing.assert_close(loss(1.0), 2 * loss(0.0))
    torch.testing.assert_close(loss(0.1), 1.1 * loss(0.0))
