"""Recipes, clocks, targets and camera paths."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch

from recon3d.engine.camera_paths import orbit_around, orbit_like
from recon3d.engine.clock import Clock
from recon3d.engine.fit import Config
from recon3d.engine.recipe import resolve
from recon3d.engine.whole_views import WholeViews
from recon3d.errors import BadInput, UsageError
from recon3d.geometry.rays import nearest_point_to_rays
from recon3d.geometry.transforms import looking_at
from recon3d.io.scene import load_scene
from recon3d.types import Cameras, Gaussians


def test_overrides_win() -> None:
    recipe = resolve("splat_mcmc", {"density": {"cap": 7}, "encoder": {"means_rate": 1}})
    assert recipe.parts["density"].config.cap == 7
    assert recipe.parts["encoder"].config.means_rate == 1.0


def test_another_part_begins_with_its_own_defaults() -> None:
    recipe = resolve("splat_mcmc", {"density": {"name": "adaptive", "cap": 9}})
    assert recipe.parts["density"].config.cap == 9
    assert recipe.parts["density"].config.reset_every == 3000


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"densty": {"cap": 7}}, "no section 'densty'; there are encoder, density"),
        ({"density": {"capp": 7}}, "no setting 'capp'; there are cap, every"),
        ({"density": {"cap": "many"}}, "cap = 'many' is not int"),
        ({"density": {"cap": True}}, "is not int"),
        ({"encoder": {"start": "magic"}}, "is not one of auto, points"),
        ({"renderer": {"name": "magic"}}, "no part 'magic'; there are cone_march, march, raster, rays, splat"),
        ({"fit": {"speed": 1}}, "no setting 'speed'; there are steps"),
    ],
)
def test_wrong_settings_are_refused_with_the_right_ones(overrides: dict, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("'", ".")) as refused:
        resolve("splat_mcmc", overrides)
    assert refused.value.exit_code == 2


def test_a_recipe_that_is_no_recipe(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[encoder\nname=")
    with pytest.raises(BadInput, match="not a recipe"):
        resolve(str(tmp_path / "bad.toml"))
    with pytest.raises(UsageError, match=r"choose from .*openlrm_base"):
        resolve("nothing")


def test_a_resolved_recipe_resolves_to_itself(tmp_path: Path) -> None:
    first = resolve("splat").to_json()
    (tmp_path / "recipe.json").write_text(json.dumps(first))
    assert resolve(str(tmp_path / "recipe.json")).to_json() == first


def test_clock_by_steps_does_not_look_at_the_time() -> None:
    clock = Clock(10, None, already=1e6)
    seen = []
    while not clock.done:
        seen.append(clock.progress)
        clock.step += 1
    assert seen == [i / 10 for i in range(10)]


def test_clock_by_time() -> None:
    assert Clock(None, 100.0, already=50.0).progress == pytest.approx(0.5, abs=0.01)
    assert Clock(None, 100.0, already=200.0).done
    both = Clock(10, 100.0, already=10.0)
    both.step = 9
    assert both.progress == 0.9
    with pytest.raises(ValueError, match="needs"):
        Clock(None, None)


def test_time_left() -> None:
    clock = Clock(100, None, already=10.0)
    clock.step = 20
    assert clock.remaining(0, 0.0) == pytest.approx(40, rel=0.01)
    assert Clock(100, None).remaining(0, 0.0) is None


def test_targets_show_every_view_once_per_round(ball_scene: Path) -> None:
    views = load_scene(ball_scene).train
    targets = WholeViews(views, 3, torch.device("cpu"))
    centres = [tuple(targets.next().cameras.centres[0].tolist()) for _ in range(2 * len(views))]
    assert len(set(centres[: len(views)])) == len(views)
    assert sorted(centres[: len(views)]) == sorted(centres[len(views) :])
    assert centres[: len(views)] != centres[len(views) :]


def test_targets_go_on_where_they_were(ball_scene: Path) -> None:
    views = load_scene(ball_scene).train
    a, b = WholeViews(views, 3, torch.device("cpu")), WholeViews(views, 99, torch.device("cpu"))
    for i in range(5):
        a.next(0.2 + i / 10)
    b.restore(json.loads(json.dumps(a.state())))
    for i in range(40):
        one, other = a.next(0.8 - i / 100), b.next(0.8 - i / 100)
        assert torch.equal(one.cameras.centres, other.cameras.centres)
        assert torch.equal(one.images, other.images)


def test_targets_come_at_the_resolution_asked_for_one_view_earlier(ball_scene: Path) -> None:
    targets = WholeViews(load_scene(ball_scene).train, 3, torch.device("cpu"))
    full = targets.next(1.0).images.shape[1]
    assert [targets.next(zoom).images.shape[1] for zoom in (0.5, 1.0, 1.0)] == [full, full // 2, full]


def test_pictures_grow_to_their_full_resolution() -> None:
    config = Config(coarsest=0.25, fine_at=0.5, fine_after=1000, fewest_pixels=100)
    assert config.zoom(0.0, 0, 400) == 0.25
    assert config.zoom(0.0, 0, 200) == 0.5
    assert config.zoom(0.0, 0, 60) == 1.0
    assert config.zoom(0.25, 10, 1000) == pytest.approx(0.625)
    assert config.zoom(0.5, 20, 1000) == config.zoom(1.0, 40, 1000) == 1.0


def test_a_long_fit_does_not_stay_coarse_for_long() -> None:
    config = Config(coarsest=0.25, fine_at=0.5, fine_after=1000)
    assert config.zoom(0.01, 500, 1000) == pytest.approx(0.625)
    assert config.zoom(0.02, 1000, 1000) == 1.0


def test_orbits_look_at_the_middle() -> None:
    target, up = torch.tensor([1.0, 2, 3]).double(), torch.tensor([0.0, 0, 1]).double()
    centres = target + 5 * torch.nn.functional.normalize(torch.randn(8, 3).double(), dim=-1)
    matrices = torch.stack([looking_at(c, target, up) for c in centres])
    assert torch.allclose(torch.linalg.det(matrices), torch.ones(8).double())
    assert bool((matrices[:, :3, 1] @ up < 0).all())  # +y is down
    sized = (torch.full((8,), 40), torch.full((8,), 30))
    cameras = Cameras(matrices, torch.eye(3).double().repeat(8, 1, 1), *sized)
    ring = orbit_like(cameras, 12)
    assert len(ring) == 12
    middle = nearest_point_to_rays(ring.centres.double(), ring.world_from_camera[:, :3, 2].double())
    assert torch.allclose(middle, target, atol=1e-4)


def test_an_orbit_around_gaussians_sees_them() -> None:
    g = torch.Generator().manual_seed(0)
    gaussians = Gaussians(
        torch.randn(500, 3, generator=g) + 10, torch.ones(500, 4), torch.ones(500, 3), torch.rand(500, generator=g),
        torch.zeros(500, 1, 3),
    )  # fmt: skip
    ring = orbit_around(gaussians, torch.tensor([0.0, 0, 1]), (80, 60), 6)
    pixels, depths = ring.project(gaussians.means)
    inside = (depths > 0) & (pixels > 0).all(-1) & (pixels < torch.tensor([80, 60])).all(-1)
    assert float(inside.double().mean()) > 0.9
    assert math.isclose(float(ring.intrinsics[0, 0, 0]), 40 / math.tan(math.radians(25)), rel_tol=1e-5)
