"""Ray marching against fields whose pictures are known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from recon3d.geometry.rays import meet_box
from recon3d.geometry.transforms import looking_at
from recon3d.kernels import Cells
from recon3d.kernels.reference import occupied
from recon3d.renderers.march import Config, March
from recon3d.renderers.marching.rays import Marched, Rays, weights_of
from recon3d.renderers.marching.sampled import Thrift, chord_samples, even_edges, growing_edges, march, step_samples
from recon3d.representations.occupancy import cells_of
from recon3d.representations.triplane import Decoder, DecoderConfig, Triplane
from recon3d.types import Cameras

EVERYWHERE = Cells(None, 0.5)


@dataclass(frozen=True)
class Fog:
    """The same density and colour everywhere."""

    density: float
    half_size: float = 0.5

    def query(self, points: Tensor, directions: Tensor | None = None) -> tuple[Tensor, Tensor]:
        colour = torch.tensor([0.2, 0.4, 0.8], dtype=points.dtype)
        return torch.full_like(points[:, 0], self.density), colour.expand(len(points), 3)


@dataclass(frozen=True)
class Wall(Fog):
    """Nothing, and from z = 0.1 on what cannot be seen through."""

    def query(self, points: Tensor, directions: Tensor | None = None) -> tuple[Tensor, Tensor]:
        density, colour = super().query(points)
        return torch.where(points[:, 2] > 0.1, density, torch.zeros_like(density)), colour


def straight(count: int) -> Rays:
    """Rays along +z through the box, side by side."""
    origins = torch.stack([torch.linspace(-0.4, 0.4, count), torch.zeros(count), torch.full((count,), -2.0)], -1)
    directions = torch.tensor([0.0, 0.0, 1.0]).expand(count, 3)
    return Rays(origins, directions, *meet_box(origins, directions, 0.5))


def chord_march(field: Fog, rays: Rays, count: int) -> Marched:
    return march(field, rays, chord_samples(rays, count, EVERYWHERE), Thrift())


def triplane(dtype: torch.dtype = torch.float32) -> Triplane:
    torch.manual_seed(3)
    decoder = Decoder(DecoderConfig(hidden=8, layers=2), 3 * 4).to(dtype)
    return Triplane(torch.randn(3, 4, 8, 8, dtype=dtype), decoder, 0.5)


def cameras(places: list[list[float]], size: tuple[int, int]) -> Cameras:
    up = torch.tensor([0.0, 0.0, 1.0])
    matrices = torch.stack([looking_at(torch.tensor(place), torch.zeros(3), up) for place in places])
    lens = torch.tensor([[30.0, 0, size[0] / 2], [0, 30.0, size[1] / 2], [0, 0, 1]])
    sizes = (torch.full((len(places),), side) for side in size)
    return Cameras(matrices, lens.expand(len(places), 3, 3), *sizes)


def test_where_rays_meet_a_box() -> None:
    origins = torch.tensor([[-2.0, 0, 0], [0, 0, 0], [-2, 0, 0], [-2, 0.6, 0], [2, 0, 0]])
    directions = torch.tensor([[1.0, 0, 0], [0, 0, 1], [-1, 0, 0], [1, 0, 0], [-1, 0, 0]])
    near, far = meet_box(origins, directions, 0.5)
    torch.testing.assert_close(near[[0, 1, 4]], torch.tensor([1.5, 0.0, 1.5]))
    torch.testing.assert_close(far[[0, 1, 4]], torch.tensor([2.5, 0.5, 2.5]))
    assert bool((near[[2, 3]] >= far[[2, 3]]).all())


def test_fog_by_the_rule_of_the_chord() -> None:
    """The chord counts as 1, however long it is."""
    seen = chord_march(Fog(0.7), straight(5), 64)
    torch.testing.assert_close(seen.alpha, torch.full((5,), 1 - math.exp(-0.7)), atol=1e-5, rtol=0)
    expected = torch.tensor([0.2, 0.4, 0.8]) * (1 - math.exp(-0.7))
    torch.testing.assert_close(seen.colour, expected.expand(5, 3), atol=1e-5, rtol=0)


def test_a_wall_is_seen_where_it_is() -> None:
    seen = chord_march(Wall(1e5), straight(5), 200)
    torch.testing.assert_close(seen.alpha, torch.ones(5))
    torch.testing.assert_close(seen.distance, torch.full((5,), 2.1), atol=0.01, rtol=0)


def test_weights_are_what_light_leaves() -> None:
    optical = torch.rand(7, 30, dtype=torch.float64)
    weights = weights_of(optical)
    left = torch.exp(-torch.cumsum(optical, 1))
    torch.testing.assert_close(1 - torch.cumsum(weights, 1), left, atol=1e-8, rtol=0)


@pytest.mark.parametrize("rule", ["chord", "midpoints", "steps"])
def test_bundles_do_not_show(rule: str) -> None:
    views = cameras([[2.0, 0.3, 0.4], [-1.0, 1.5, 0.2]], (12, 8))
    field = triplane()
    with torch.no_grad():
        whole = March(Config(rule, 24, 12))(field, views, depth=True)
        bundled = March(Config(rule, 24, 12, rays_at_once=37))(field, views, depth=True)
    for name in ("colour", "alpha", "depth"):
        torch.testing.assert_close(getattr(bundled, name), getattr(whole, name))
    assert whole.colour.shape == (2, 8, 12, 3)
    assert float(whole.alpha.max()) > 0.1


@pytest.mark.parametrize("rule", ["chord", "midpoints", "steps"])
def test_rays_past_the_box_see_nothing(rule: str) -> None:
    away = cameras([[2.0, 0.0, 0.0]], (4, 4))
    turned = Cameras(away.world_from_camera @ torch.diag(torch.tensor([1.0, -1, -1, 1])), *_rest(away))
    with torch.no_grad():
        rendering = March(Config(rule, 8, 4))(triplane(), turned, depth=True)
    assert float(rendering.alpha.max()) == 0
    assert rendering.depth is not None
    assert float(rendering.depth.abs().max()) == 0


def _rest(camera: Cameras) -> tuple[Tensor, Tensor, Tensor]:
    return camera.intrinsics, camera.width, camera.height


def test_depth_is_z() -> None:
    """Of a wall that faces the camera, the same at all pixels."""
    matrix = torch.eye(4)
    matrix[2, 3] = -2.0
    lens = torch.tensor([[20.0, 0, 4], [0, 20.0, 4], [0, 0, 1]])
    camera = Cameras(matrix[None], lens[None], torch.tensor([8]), torch.tensor([8]))
    rendering = March(Config("chord", 400))(Wall(1e5), camera, depth=True)
    assert rendering.depth is not None
    torch.testing.assert_close(rendering.depth, torch.full((1, 8, 8), 2.1), atol=0.01, rtol=0)


@pytest.mark.parametrize("rule", ["chord", "midpoints", "steps"])
def test_gradients(rule: str) -> None:
    """Of the picture by the planes and by the decoder, against differences."""
    field, views = triplane(torch.float64), cameras([[1.5, 0.3, 0.4]], (3, 3)).to("cpu", torch.float64)
    march = March(Config(rule, 12))

    def picture(planes: Tensor) -> Tensor:
        rendering = march(Triplane(planes, field.decoder, field.half_size), views)
        return torch.cat([rendering.colour.flatten(), rendering.alpha.flatten()])

    planes = field.planes[:, :, 2:6, 2:6].clone().requires_grad_()
    assert torch.autograd.gradcheck(picture, (planes,), atol=1e-6, fast_mode=True)
    bias, step = field.decoder.layers[0].bias, 1e-5
    picture(planes).sum().backward()
    gradient = bias.grad[2].clone()
    with torch.no_grad():
        bias[2] += step
        above = picture(planes).sum()
        bias[2] -= 2 * step
        below = picture(planes).sum()
    torch.testing.assert_close(gradient, (above - below) / (2 * step), atol=1e-6, rtol=1e-5)


def test_the_rule_of_midpoints_wants_a_triplane() -> None:
    with pytest.raises(ValueError, match="for a Triplane, not a Fog"):
        March(Config("midpoints", 8))(Fog(1.0), cameras([[2.0, 0.0, 0.0]], (4, 4)))


def steps(field: Fog, rays: Rays, count: int, dithered: bool = False, thrift: Thrift | None = None) -> Marched:
    samples = step_samples(rays, even_edges(2 * math.sqrt(3) * 0.5, count).float(), dithered, EVERYWHERE)
    return march(field, rays, samples, thrift or Thrift())


@pytest.mark.parametrize("dithered", [False, True])
def test_fog_by_the_rule_of_steps(dithered: bool) -> None:
    """Density counts by length, up to one step."""
    seen = steps(Fog(0.7), straight(9), 300, dithered)
    step = 0.7 * math.sqrt(3) / 300
    torch.testing.assert_close(seen.alpha, torch.full((9,), 1 - math.exp(-0.7)), atol=step, rtol=0)


def test_dithered_rays_find_a_sheet_between_the_samples_of_others() -> None:
    class Sheet(Wall):
        def query(self, points: Tensor, directions: Tensor | None = None) -> tuple[Tensor, Tensor]:
            density, colour = super().query(points)
            return density * (points[:, 2] < 0.105), colour

    together, apart = (steps(Sheet(1e5), straight(40), 30, dithered).alpha for dithered in (False, True))
    assert float(together.max()) == 0
    assert 0 < float(apart.mean()) < 0.5


@dataclass(frozen=True)
class Counted:
    """A ball, and how often it was asked."""

    asked: list[int]
    half_size: float = 0.5

    def query(self, points: Tensor, directions: Tensor | None = None) -> tuple[Tensor, Tensor]:
        self.asked.append(len(points))
        return 80.0 * (points.norm(dim=-1) < 0.3), points + 0.5


@pytest.mark.parametrize("rule", ["chord", "steps"])
def test_what_is_left_out_does_not_show(rule: str) -> None:
    """Empty cells and what lies behind the opaque: far fewer questions, the same picture."""
    views = cameras([[2.0, 0.3, 0.4], [-1.0, 1.5, 0.2]], (24, 16))
    whole, thrifty = Counted([]), Counted([])
    expected = March(Config(rule, 96))(whole, views, depth=True)
    rendering = March(Config(rule, 96, occupancy=16, stop=1e-4))(thrifty, views, depth=True)
    for name in ("colour", "alpha", "depth"):
        torch.testing.assert_close(getattr(rendering, name), getattr(expected, name), atol=3e-4, rtol=0)
    assert sum(thrifty.asked) - 17**3 < 0.35 * sum(whole.asked)


def test_occupied_cells_hold_all_there_is() -> None:
    field = Counted([])
    cells = cells_of(field, 16, 1e-3, torch.zeros(()))
    assert cells.occupied is not None
    points = torch.rand(5000, 3, generator=torch.Generator().manual_seed(1)) - 0.5
    assert bool(occupied(points[field.query(points)[0] > 0], cells).all())
    assert 0.1 < float(cells.occupied.float().mean()) < 0.6


@dataclass(frozen=True)
class Ball(Fog):
    """Fog within a radius of the middle."""

    radius: float = 0.4

    def query(self, points: Tensor, directions: Tensor | None = None) -> tuple[Tensor, Tensor]:
        density, colour = super().query(points)
        return density * (points.norm(dim=-1) < self.radius), colour


@pytest.mark.parametrize("config", [Config("steps", 4000), Config("steps", 4000, occupancy=32, dithered=True)])
@pytest.mark.parametrize("density", [0.5, 4.0])
def test_a_ball_of_fog_is_seen_as_on_paper(config: Config, density: float) -> None:
    """Opacity 1 - exp(-s) and mean depth near + (1 - s / (exp(s) - 1)) / density, where s is density times chord."""
    views = cameras([[1.2, 0.4, 0.5], [0.1, -1.3, 0.2]], (20, 16))
    ball = Ball(density)
    rendering = March(config)(ball, views, depth=True)
    assert rendering.depth is not None
    origins, directions = (part.double() for part in views.rays())
    lengths = directions.norm(dim=-1)
    closest = -(origins * directions).sum(-1) / lengths
    half = (ball.radius**2 - (origins.square().sum(-1) - closest**2)).clamp_min(0).sqrt()
    optical = density * 2 * half
    hit = half > 0.02  # rays that graze it have samples or none
    torch.testing.assert_close(rendering.alpha.double(), 1 - torch.exp(-optical), atol=1e-3, rtol=0)
    distance = closest - half + (1 - optical / torch.expm1(optical)) / density
    torch.testing.assert_close(rendering.depth.double()[hit], (distance / lengths)[hit], atol=1e-3, rtol=0)
    assert int(hit.sum()) > 100


def test_steps_through_all_of_space_grow_with_the_distance() -> None:
    edges = growing_edges(2.0, 64)
    lengths = edges.diff()
    assert len(lengths) == 32
    assert float(edges[0]) == 0
    assert float(edges[16]) == 2
    torch.testing.assert_close(lengths[:16], torch.full((16,), 0.125).double())
    assert bool((lengths[16:].diff() > 0).all())
    assert float(edges[-1]) == pytest.approx(2000)


@dataclass(frozen=True)
class Sky(Fog):
    """All of space, opaque beyond a distance from the middle."""

    @property
    def cells(self) -> Cells:
        return Cells(None, self.half_size, contracted=True)

    def density(self, points: Tensor) -> Tensor:
        return self.query(points)[0]

    def query(self, points: Tensor, directions: Tensor | None = None) -> tuple[Tensor, Tensor]:
        density, colour = super().query(points)
        return density * (points.norm(dim=-1) > 20), colour


def test_what_is_far_away_is_seen_too() -> None:
    view = cameras([[0.3, 0.1, 0.0]], (6, 4))
    rendering = March(Config("steps", 2000))(Sky(50.0), view, depth=True)
    torch.testing.assert_close(rendering.alpha, torch.ones(1, 4, 6))
    assert rendering.depth is not None
    _, directions = view.rays()
    distances = rendering.depth * directions.norm(dim=-1)
    assert 19 < float(distances.min()) <= float(distances.max()) < 23
