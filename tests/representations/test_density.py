"""Laws of density control: the picture stays, the cap holds, nothing is invented, the given population is untouched."""

from __future__ import annotations

import math

import pytest
import torch

from recon3d.kernels import reference
from recon3d.kernels.interface import Camera
from recon3d.representations import adaptive, mcmc
from recon3d.representations.gaussian_parameters import Attention, GaussianParameters, Instant, Population
from recon3d.representations.sampling import choose_distinct


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def make_population(count: int, sh_count: int = 4) -> Population:
    g = generator(1)
    parameters = GaussianParameters(
        torch.randn(count, 3, generator=g) + torch.tensor([0.0, 0, 4]),
        torch.randn(count, 4, generator=g),
        torch.randn(count, 3, generator=g) * 0.3 - 2,
        torch.randn(count, generator=g) * 2,
        torch.randn(count, sh_count, 3, generator=g) * 0.3,
    )
    moments = (parameters.map(torch.rand_like), parameters.map(torch.rand_like))
    return Population(parameters, *moments)


def attention_of(population: Population) -> Attention:
    return Attention(torch.rand(population.size, generator=generator(2)), torch.full((population.size,), 2.0))


def picture(population: Population) -> torch.Tensor:
    g = population.parameters.physical()
    intrinsics = torch.tensor([[50.0, 0, 24], [0, 50, 24], [0, 0, 1]])
    return reference.splat(
        g.means, g.quaternions, g.scales, g.opacities, g.sh, Camera(torch.eye(4), intrinsics, 48, 48)
    ).colour


def copies(population: Population) -> Population:
    return Population(*(part.map(torch.clone) for part in population))


def equal(a: Population, b: Population) -> bool:
    return all(torch.equal(x, y) for p, q in zip(a, b, strict=True) for x, y in zip(p, q, strict=True))


def test_parameters_and_gaussians_are_inverse() -> None:
    parameters = make_population(20).parameters
    again = GaussianParameters.of(parameters.physical())
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(parameters, again, strict=True))


def test_widening_keeps_the_picture() -> None:
    population = make_population(20)
    assert torch.allclose(picture(population.widened(16)), picture(population), atol=1e-6)
    assert population.widened(16).first.sh.shape == (20, 16, 3)


def test_attention_does_not_depend_on_the_resolution() -> None:
    gradient, seen = torch.rand(5, 2), torch.ones(5, dtype=torch.bool)
    small = Attention.none(5, torch.device("cpu")).noticing(gradient, seen, (100, 50))
    large = Attention.none(5, torch.device("cpu")).noticing(gradient / 2, seen, (200, 100))
    assert torch.allclose(small.mean_pull, large.mean_pull)


def test_distinct_choice_follows_the_weights() -> None:
    weights = torch.tensor([0.0, 1, 3, 0, 6, 0])
    g = generator()
    first = torch.cat([choose_distinct(weights, 1, g) for _ in range(5000)])
    assert torch.allclose(torch.bincount(first, minlength=6) / 5000, weights / 10, atol=0.02)
    # Without replacement the second of two is drawn from what is left.
    pairs = torch.stack([choose_distinct(weights, 2, g) for _ in range(5000)])
    heavy = (pairs == torch.tensor([2, 4])).all(-1).float().mean()
    assert float(heavy) == pytest.approx(0.3 * 6 / 7 + 0.6 * 3 / 4, abs=0.02)
    assert choose_distinct(weights, 9, generator()).tolist() == [1, 2, 4]
    assert len(choose_distinct(torch.zeros(4), 2, generator())) == 0


def test_the_same_generator_chooses_the_same() -> None:
    weights = torch.rand(1000, generator=generator(3))
    assert torch.equal(choose_distinct(weights, 90, generator()), choose_distinct(weights, 90, generator()))


def test_halves_lie_along_the_longest_axis() -> None:
    turn = math.sqrt(0.5)  # a quarter turn about z: the first axis points along y
    whole = GaussianParameters(
        torch.tensor([[1.0, 2, 3]]),
        torch.tensor([[turn, 0, 0, turn]]),
        torch.tensor([[0.4, 0.1, 0.2]]).log(),
        torch.tensor([0.0]),
        torch.rand(1, 4, 3),
    )
    one, other = mcmc.halves(whole)
    assert torch.allclose(other.means - one.means, torch.tensor([[0.0, 2 * mcmc.HALF_OFFSET * 0.4, 0]]), atol=1e-6)
    assert torch.allclose((one.means + other.means) / 2, whole.means)
    shrink = torch.tensor([mcmc.HALF_LENGTH, mcmc.HALF_WIDTH, mcmc.HALF_WIDTH])
    assert torch.allclose(one.log_scales.exp(), whole.log_scales.exp() * shrink)
    assert torch.allclose(one.opacities, torch.tensor([0.3]))
    assert torch.equal(one.sh, whole.sh)


def test_halves_look_like_a_sharper_and_fainter_whole() -> None:
    population = make_population(30)
    rows = torch.tensor([3, 17, 29])
    alone = population.rows(rows)
    parted = mcmc.split(alone, torch.arange(3), torch.arange(3, 6))
    assert parted.size == 6
    whole, halves = picture(alone).flatten(), picture(parted).flatten()
    assert float(torch.nn.functional.cosine_similarity(whole, halves, dim=0)) > 0.9
    assert 0.5 < float(halves.sum() / whole.sum()) < 1


def test_split_rows_are_where_they_should_be() -> None:
    population = make_population(30)
    before = copies(population)
    result = mcmc.split(population, torch.tensor([3, 17, 29]), torch.tensor([5, 30, 31]))
    assert equal(population, before)
    assert result.size == 32
    untouched = torch.tensor([i for i in range(30) if i not in (3, 5, 17, 29)])
    assert torch.equal(result.parameters.means[untouched], population.parameters.means[untouched])
    assert torch.equal(result.first.means[untouched], population.first.means[untouched])
    fresh = torch.tensor([3, 5, 17, 29, 30, 31])
    assert float(result.first.means[fresh].abs().max()) == 0  # halves have no momentum
    middles = (result.parameters.means[[3, 17, 29]] + result.parameters.means[[5, 30, 31]]) / 2
    assert torch.allclose(middles, population.parameters.means[[3, 17, 29]], atol=1e-6)


def test_mcmc_moves_the_dead_and_grows_to_the_cap() -> None:
    population = make_population(200)
    population.parameters.opacity_logits[:20] = -9.0
    before = copies(population)
    control = mcmc.Mcmc(mcmc.Config(cap=205))
    end = Instant(500, 1.0)
    revised = control.revise(population, attention_of(population), end, generator())
    assert equal(population, before)
    assert revised.size == 205
    assert float(revised.parameters.opacities.min()) >= 0.0049
    again = control.revise(population, attention_of(population), end, generator())
    assert equal(revised, again)
    assert control.revise(revised, attention_of(revised), end, generator()).size == 205


def test_mcmc_grows_as_the_fit_goes_on() -> None:
    population = make_population(100)
    control = mcmc.Mcmc(mcmc.Config(cap=400, full_at=0.5, growth=0.2, dead_opacity=0.0))
    sizes = [
        control.revise(population, attention_of(population), Instant(50, p), generator()).size for p in (0.1, 0.14, 0.4)
    ]
    assert sizes == [100, 112, 120]  # the schedule asks for 80, 112 and 320


def test_mcmc_leaves_an_all_dead_population_alone() -> None:
    population = make_population(10)
    population.parameters.opacity_logits[:] = -9.0
    assert (
        mcmc.Mcmc(mcmc.Config()).revise(population, attention_of(population), Instant(500, 0.5), generator())
        is population
    )


def test_when_revisions_are_due() -> None:
    control = mcmc.Mcmc(mcmc.Config(every=50, start=0.1, until=0.8))
    assert control.due(Instant(100, 0.1))
    assert control.due(Instant(100, 0.79))
    assert not control.due(Instant(100, 0.09))
    assert not control.due(Instant(100, 0.8))
    assert not control.due(Instant(101, 0.5))
    older = adaptive.Adaptive(adaptive.Config(every=50, start=100, until=0.5))
    assert older.due(Instant(100, 0.1))
    assert not older.due(Instant(50, 0.1))
    assert not older.due(Instant(101, 0.1))
    assert not older.due(Instant(150, 0.5))


def test_adaptive_clones_splits_and_prunes() -> None:
    population = make_population(6)
    log_scales = torch.full((6, 3), -9.0)
    log_scales[2] = -1.0  # large
    logits = torch.tensor([2.0, 2, 2, 2, -9, 2])  # row 4 is faint
    parameters = population.parameters._replace(log_scales=log_scales, opacity_logits=logits)
    population = population._replace(parameters=parameters)
    pulled = Attention(torch.tensor([1.0, 0, 1, 0, 0, 0]), torch.ones(6))
    revised = adaptive.Adaptive(adaptive.Config()).revise(population, pulled, Instant(600, 0.3), generator())
    assert revised.size == 7  # 6, one cloned, one split into two, one dropped
    means = revised.parameters.means
    assert int((means == parameters.means[0]).all(-1).sum()) == 2
    assert int((means == parameters.means[2]).all(-1).sum()) == 0
    halves = revised.parameters.log_scales[-2:]
    assert torch.allclose(halves.exp(), torch.full((2, 3), -1.0).exp() / adaptive.SPLIT_SHRINK)
    assert float(revised.first.means[-3:].abs().max()) == 0


def test_adaptive_respects_its_cap() -> None:
    population = make_population(50)
    attention = Attention(torch.ones(50), torch.ones(50))
    revised = adaptive.Adaptive(adaptive.Config(cap=60, dead_opacity=0.0)).revise(
        population, attention, Instant(600, 0.3), generator()
    )
    assert revised.size == 60


def test_adaptive_resets_opacities() -> None:
    population = make_population(20)
    nothing = Attention(torch.zeros(20), torch.ones(20))
    control = adaptive.Adaptive(adaptive.Config(dead_opacity=0.001))
    assert (
        float(control.revise(population, nothing, Instant(3000, 0.3), generator()).parameters.opacities.max()) <= 0.0021
    )
    assert float(control.revise(population, nothing, Instant(2900, 0.3), generator()).parameters.opacities.max()) > 0.5
