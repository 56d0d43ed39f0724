"""Cones through fields whose pictures are known, and what their samples tell."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from recon3d.geometry.transforms import looking_at
from recon3d.renderers.cone_march import ConeMarch, Config
from recon3d.renderers.marching.cones import Cones, flipped_cones, look
from recon3d.representations import mip_nerf
from recon3d.representations.mip_nerf import Answers, MipNerf, Noise
from recon3d.representations.nerf_network import NetworkConfig
from recon3d.types import Cameras, RayMixture, Rendering

SMALL = NetworkConfig(width=24, layers=6, octaves=4)
RADIUS = 0.6


@dataclass(frozen=True)
class Ball(MipNerf):
    """Fog of one density within a radius of the middle, if `sharpness` is high; normals point outwards."""

    density: float = 4.0
    sharpness: float = 1e4

    def ask(self, means: Tensor, variances: Tensor, directions: Tensor, normals: bool = False) -> Answers:
        density = self.density * torch.sigmoid(self.sharpness * (RADIUS - means.norm(dim=-1)))
        colours = means.new_tensor([0.2, 0.4, 0.8]).expand(len(means), 3)
        outwards = functional.normalize(means, dim=-1) if normals else None
        return Answers(density, colours, torch.full_like(colours, 0.1), torch.zeros_like(means), outwards)


def ball(density: float = 4.0) -> Ball:
    return Ball({}, SMALL, 1.0, density=density)


def field(dtype: torch.dtype = torch.float32) -> MipNerf:
    parameters = mip_nerf.begin(SMALL, torch.Generator().manual_seed(5))
    parameters = {name: tensor.to(dtype).requires_grad_() for name, tensor in parameters.items()}
    return MipNerf.of(parameters, SMALL, 1.0)


def cameras(size: tuple[int, int] = (12, 10), away: bool = False) -> Cameras:
    places = torch.tensor([[1.9, 0.3, 0.4], [-1.0, 1.5, 0.2]])
    up, at = torch.tensor([0.0, 0.0, 1.0]), torch.zeros(3)
    matrices = torch.stack([looking_at(place, 3 * place if away else at, up) for place in places])
    lens = torch.tensor([[size[0], 0, size[0] / 2], [0, size[0], size[1] / 2], [0, 0, 1.0]])
    return Cameras(matrices, lens.expand(2, 3, 3), *(torch.full((2,), side) for side in size))


def parts(rendering: Rendering) -> list[Tensor]:
    assert rendering.depth is not None
    return [rendering.colour, rendering.alpha, rendering.depth]


@pytest.mark.parametrize("density", [0.5, 4.0])
def test_a_ball_of_fog_is_seen_as_on_paper(density: float) -> None:
    """Opacity 1 - exp(-s) and mean depth near + (1 - s / (exp(s) - 1)) / density, where s is density times chord."""
    views = cameras()
    with torch.no_grad():
        rendering = ConeMarch(Config(4000))(ball(density), views, depth=True)
    origins, directions = (part.double() for part in views.rays())
    lengths = directions.norm(dim=-1)
    closest = -(origins * directions).sum(-1) / lengths
    half = (RADIUS**2 - (origins.square().sum(-1) - closest**2)).clamp_min(0).sqrt()
    optical, hit = density * 2 * half, half > 0.05
    torch.testing.assert_close(rendering.alpha.double(), 1 - torch.exp(-optical), atol=2e-3, rtol=0)
    distance = closest - half + (1 - optical / torch.expm1(optical)) / density
    assert rendering.depth is not None
    torch.testing.assert_close(rendering.depth.double()[hit], (distance / lengths)[hit], atol=2e-3, rtol=0)
    assert int(hit.sum()) > 50


def test_the_second_march_looks_where_the_first_saw_something() -> None:
    """With as few frustums, it finds the front of an opaque ball far better."""
    views = cameras()
    with torch.no_grad():
        rendering = ConeMarch(Config(24))(ball(300.0), views, depth=True)
        truth = ConeMarch(Config(4000))(ball(300.0), views, depth=True)
    assert rendering.coarse is not None
    assert rendering.depth is not None
    assert truth.depth is not None
    assert rendering.coarse.depth is not None
    inside = truth.alpha > 0.999
    first, second = ((r.depth - truth.depth)[inside].abs().mean() for r in (rendering.coarse, rendering))
    assert float(second) < float(first) / 5


def test_bundles_do_not_show() -> None:
    with torch.no_grad():
        whole, bundled = (ConeMarch(Config(16, rays_at_once=n))(field(), cameras(), depth=True) for n in (4096, 37))
    for one, other in zip(parts(whole), parts(bundled), strict=True):
        torch.testing.assert_close(one, other)
    assert whole.colour.shape == (2, 10, 12, 3)
    assert float(whole.alpha.min()) > 0


def test_cones_past_the_field_see_nothing() -> None:
    with torch.no_grad():
        rendering = ConeMarch(Config(8))(field(), cameras(away=True), depth=True)
    assert all(float(part.abs().max()) == 0 for part in parts(rendering))


def test_it_wants_a_field_of_its_own() -> None:
    class Other:
        half_size = 1.0

        def query(self, points: Tensor, directions: Tensor | None = None) -> tuple[Tensor, Tensor]:
            return points[:, 0], points

    with pytest.raises(ValueError, match="not a Other"):
        ConeMarch(Config(8))(Other(), cameras())


def test_mixtures_are_told_while_something_is_learnt() -> None:
    """And make the picture of the first march."""
    march = ConeMarch(Config(16, flipped=1.0, rays_at_once=50))
    with torch.no_grad():
        seen = march(field(), cameras()).coarse
    assert seen is not None
    assert seen.mixture is None
    assert seen.flipped is None
    first = march(field(), cameras()).coarse
    assert first is not None
    mixture, flipped = first.mixture, first.flipped
    assert mixture is not None
    assert flipped is not None
    colours = (mixture.weights[..., None] * mixture.colours).sum(1)
    torch.testing.assert_close(first.colour.flatten(0, 2)[mixture.rays], colours)
    assert bool((mixture.rays.diff() > 0).all())
    assert bool((flipped.rays.diff() > 0).all())
    assert bool(torch.isin(flipped.rays, mixture.rays).all())
    assert 0 < len(flipped.rays) < len(mixture.rays)
    plain = ConeMarch(Config(16))(field(), cameras()).coarse
    assert plain is not None
    assert plain.mixture is not None
    assert plain.mixture.facing is None
    assert plain.flipped is None


def test_narrow_cones_look_at_the_middle_of_their_rays() -> None:
    """A ball that fills little of the box is still seen whole, and what stands before it is not."""
    narrow = dataclasses.replace(ball(300.0), reach=0.5)
    with torch.no_grad():
        wide_seen, narrow_seen = (ConeMarch(Config(400))(f, cameras(), depth=True) for f in (ball(300.0), narrow))
    assert float((wide_seen.alpha - narrow_seen.alpha).abs().max()) < 0.2
    fog = dataclasses.replace(ball(0.5), sharpness=0.0)
    with torch.no_grad():
        wide, half = (ConeMarch(Config(400))(dataclasses.replace(fog, reach=r), cameras()) for r in (1.0, 0.5))
    torch.testing.assert_close(torch.log1p(-half.alpha) * 2, torch.log1p(-wide.alpha), atol=5e-3, rtol=1e-2)


def test_flipped_cones_meet_the_same_surface() -> None:
    """Of an opaque ball: at the same distance, from a viewer's mirror image that sees the front too."""
    origins = torch.tensor([[-2.0, 0, 0], [-2, 0.3, 0.1], [-2, -0.2, 0.4]])
    directions = torch.tensor([1.0, 0, 0]).expand(3, 3)
    cones = Cones(origins, directions, torch.full((3,), 1e-3))
    edges = torch.linspace(0.2, 3.0, 2000).expand(3, -1)
    seen = look(ball(1e5), cones, edges, normals=True)
    mirrored, facing = flipped_cones(cones, edges, seen)
    assert facing.tolist() == [0, 1, 2]
    distance = seen.marched.distance[:, None]
    hits, meets = origins + distance * directions, mirrored.origins + distance * mirrored.directions
    torch.testing.assert_close(meets, hits, atol=1e-3, rtol=0)
    normals = functional.normalize(hits, dim=-1)
    expected = 2 * (normals * directions).sum(-1, keepdim=True) * normals - directions
    torch.testing.assert_close(mirrored.directions, expected, atol=5e-3, rtol=0)
    again = look(ball(1e5), mirrored, edges)
    torch.testing.assert_close(again.marched.distance, seen.marched.distance, atol=3e-3, rtol=0)


def test_no_cone_is_flipped_at_what_looks_away() -> None:
    class InsideOut(Ball):
        def ask(self, means: Tensor, variances: Tensor, directions: Tensor, normals: bool = False) -> Answers:
            answers = super().ask(means, variances, directions, normals)
            return answers._replace(normals=None if answers.normals is None else -answers.normals)

    rendering = ConeMarch(Config(64, flipped=1.0))(InsideOut({}, SMALL, 1.0, density=300.0), cameras())
    assert rendering.coarse is not None
    assert rendering.coarse.mixture is not None
    assert rendering.coarse.flipped is not None
    covered = rendering.coarse.mixture.weights.sum(1) > 0.99
    assert not torch.isin(rendering.coarse.mixture.rays[covered], rendering.coarse.flipped.rays).any()


def test_normals_go_down_the_density() -> None:
    """Against differences of the density."""
    asked = field(torch.float64)
    generator = torch.Generator().manual_seed(1)
    means = torch.rand(50, 3, generator=generator, dtype=torch.float64) * 2 - 1
    variances, up = torch.full_like(means, 1e-3), torch.tensor([0.0, 0, 1]).double().expand(50, 3)
    normals = asked.ask(means, variances, up, normals=True).normals
    assert normals is not None
    step = 1e-5 * torch.eye(3, dtype=torch.float64)
    slope = [asked.ask(means + s, variances, up).density - asked.ask(means - s, variances, up).density for s in step]
    torch.testing.assert_close(normals, -functional.normalize(torch.stack(slope, -1), dim=-1), atol=1e-6, rtol=0)


def told(rendering: Rendering) -> tuple[RayMixture, RayMixture]:
    assert rendering.coarse is not None
    assert rendering.coarse.mixture is not None
    assert rendering.coarse.flipped is not None
    return rendering.coarse.mixture, rendering.coarse.flipped


@pytest.mark.parametrize("name", ["pts_linears.0.weight", "pts_linears.5.weight", "alpha_linear.weight"])
def test_gradients_go_through_normals_and_flipped_cones(name: str) -> None:
    """Of what they say, by parameters of the trunk, against differences so small that no rectifier changes its mind."""
    learnt, views = field(torch.float64), cameras((4, 3)).to("cpu", torch.float64)
    march = ConeMarch(Config(12, flipped=1.0))

    def said() -> Tensor:
        mixture, flipped = told(march(learnt, views))
        assert mixture.facing is not None
        return (mixture.facing * mixture.weights).sum() + (flipped.weights[..., None] * flipped.colours).sum()

    parameter = learnt.parameters[name]
    (gradient,) = torch.autograd.grad(said(), parameter)
    generator = torch.Generator().manual_seed(7)
    way, step = torch.randn(parameter.shape, generator=generator, dtype=torch.float64), 1e-8
    with torch.no_grad():
        parameter += step * way
    above = said().detach()
    with torch.no_grad():
        parameter -= 2 * step * way
    below = said().detach()
    torch.testing.assert_close((gradient * way).sum(), (above - below) / (2 * step), rtol=1e-4, atol=1e-6)


def test_noise_makes_density_unsure() -> None:
    points, up = torch.zeros(20_000, 3), torch.tensor([0.0, 0, 1]).expand(20_000, 3)
    quiet = field().ask(points, points, up).density
    noisy = dataclasses.replace(field(), noise=Noise(1.0, torch.Generator().manual_seed(0)))
    raw = torch.log(torch.expm1(noisy.ask(points, points, up).density))
    before = torch.log(torch.expm1(quiet))
    raw, before = raw.detach(), before.detach()
    assert float((raw - before).mean()) == pytest.approx(0, abs=0.03)
    assert float((raw - before).std()) == pytest.approx(1, abs=0.03)
