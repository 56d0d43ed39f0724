"""Where fits begin: every way finds what is there, says when it does not apply, and repeats itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from recon3d.encoders.free_gaussians import Config, first_gaussians
from recon3d.encoders.start import points, random, silhouettes, start_points, triangulated
from recon3d.encoders.start.spreading import spread_by_depth
from recon3d.io.scene import SceneOptions, load_scene
from recon3d.types import PointCloud, Scene


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def scene(ball_scene: Path) -> Scene:
    return load_scene(ball_scene)


@pytest.fixture(scope="module")
def fox(shared: Path) -> Scene:
    folder = shared / "data" / "fox"
    if not folder.exists():
        pytest.skip("fox is absent")
    return load_scene(folder, SceneOptions(downscale=4))


def test_the_hull_holds_the_object_and_little_else(scene: Scene) -> None:
    cloud = silhouettes.start(scene, 2000, generator())
    assert cloud is not None
    assert len(cloud) == 2000
    assert float(cloud.positions.norm(dim=-1).quantile(0.99)) < 1.6  # the ball has radius 1 and soft edges
    assert float(cloud.positions.norm(dim=-1).max()) < 2.5  # a ring of cameras leaves peaks above and below
    assert float(cloud.colours.min()) >= 0
    assert float(cloud.colours.max()) <= 1


def test_no_alpha_no_hull(scene: Scene) -> None:
    class Opaque:
        def __init__(self, views) -> None:
            self.views = views

        def __getattr__(self, name: str):
            return getattr(self.views, name)

        def __len__(self) -> int:
            return len(self.views)

        def __getitem__(self, index: int):
            return replace(self.views[index], alpha=None)

    assert silhouettes.start(replace(scene, train=Opaque(scene.train)), 100, generator()) is None


def test_random_points_are_seen_by_the_cameras(scene: Scene) -> None:
    cloud = random.start(scene, 500, generator())
    assert len(cloud) == 500
    pixels, depths = scene.train.cameras.project(cloud.positions)
    inside = (depths > 0) & (pixels >= 0).all(-1) & (pixels <= 48).all(-1)
    assert bool(inside.any(0).all())


def test_given_points_are_thinned_or_joined_by_neighbours(scene: Scene) -> None:
    g = generator(4)
    known = PointCloud(torch.randn(300, 3, generator=g) * 0.4, torch.rand(300, 3, generator=g))
    with_points = replace(scene, points=known)
    fewer = points.start(with_points, 120, generator())
    assert len(fewer) == 120
    assert bool((fewer.positions[:, None] == known.positions).all(-1).any(-1).all())
    more = points.start(with_points, 1000, generator())
    assert 1000 <= len(more) <= 1000 + 2 * len(scene.train)
    assert torch.equal(more.positions[:300], known.positions)
    assert points.start(scene, 100, generator()) is None


def test_auto_takes_the_first_way_that_applies(scene: Scene) -> None:
    assert start_points(scene, "auto", 300, generator())[0] == "silhouettes"
    known = PointCloud(torch.randn(300, 3), torch.rand(300, 3))
    assert start_points(replace(scene, points=known), "auto", 300, generator())[0] == "points"
    with pytest.raises(ValueError, match="does not fit"):
        start_points(scene, "points", 300, generator())


@pytest.mark.parametrize("way", ["silhouettes", "random"])
def test_same_generator_same_points(scene: Scene, way: str) -> None:
    clouds = [start_points(scene, way, 200, generator(7))[1] for _ in range(2)]
    assert torch.equal(clouds[0].positions, clouds[1].positions)


def colour_differences(fox: Scene, positions: Tensor, colours: Tensor) -> Tensor:
    """Between points and the views that had no part in making them, wherever those look."""
    pixels, depths = fox.test.cameras.project(positions)
    differences = []
    for i in range(len(fox.test)):
        width, height = fox.test.cameras[i].size
        inside = (depths[i] > 0) & (pixels[i] >= 0).all(-1) & (pixels[i] < torch.tensor([width, height])).all(-1)
        x, y = pixels[i][inside].long().unbind(-1)
        differences.append((fox.test[i].images[0, y, x] - colours[inside]).abs().mean(-1))
    return torch.cat(differences)


def test_photos_are_triangulated_where_the_cameras_say(fox: Scene) -> None:
    """Triangulated points project back onto matching colours in views that had no part in making them."""
    views = fox.train
    features = [triangulated.detect(views[i]) for i in range(len(views))]
    positions, colours = [], []
    for i, j in triangulated.neighbouring_pairs(views.cameras):
        points = triangulated.points_of_pair(features[i], features[j])
        x, y = views.cameras[i].project(points)[0][0].long().unbind(-1)
        positions.append(points)
        colours.append(views[i].images[0, y, x])
    assert float(colour_differences(fox, torch.cat(positions), torch.cat(colours)).median()) < 0.08
    assert len(views) == 43


def test_points_are_spread_at_the_depths_of_the_matched(fox: Scene) -> None:
    """Wrong depths would not show the same colours elsewhere."""
    cloud = triangulated.start(fox, 6000, generator())
    assert cloud is not None
    assert 6000 <= len(cloud) <= 6000 + len(fox.train)
    right = float(colour_differences(fox, cloud.positions, cloud.colours).median())
    elsewhere = cloud.positions * (1 + 0.3 * torch.rand(len(cloud), 1, generator=generator(1)))
    assert right < 0.1
    assert right < 0.7 * float(colour_differences(fox, elsewhere, cloud.colours).median())


def test_matched_points_lie_on_both_features(fox: Scene) -> None:
    a, b = (triangulated.detect(fox.train[i]) for i in (10, 11))
    points = triangulated.points_of_pair(a, b)
    assert len(points) > 100
    for features in (a, b):
        pixels, depths = (values[0] for values in features.camera.project(points))
        assert bool((depths > 0).all())
        assert float(torch.cdist(pixels, features.pixels).amin(1).max()) <= triangulated.MOST_REPROJECTION


def test_points_cover_the_picture_and_not_only_its_corners(fox: Scene) -> None:
    """Each quarter of a view gets about a quarter of the points."""
    view = fox.train[10]
    seen = triangulated.points_of_pair(triangulated.detect(view), triangulated.detect(fox.train[11]))
    nothing = [torch.zeros(0, 3)] * (len(fox.train) - 1)
    cloud = spread_by_depth([*nothing[:10], seen, *nothing[10:]], fox.train, 400 * len(fox.train), generator())
    pixels = view.cameras.project(cloud.positions)[0][0]
    right_or_below = pixels > torch.tensor(view.cameras.size) / 2
    shares = torch.stack([(right_or_below == torch.tensor(q)).all(-1).float().mean() for q in ((0, 0), (0, 1), (1, 0))])
    assert len(cloud) == 401
    assert torch.allclose(shares, torch.tensor(0.25), atol=0.08)


def test_root_sift_matches_are_mutual(fox: Scene) -> None:
    a, b = (triangulated.detect(fox.train[i]) for i in (0, 1))
    first, second = triangulated.match(a, b)
    assert len(first) > 100
    assert len(first) == len(first.unique()) == len(second.unique())
    assert torch.allclose(a.descriptors.norm(dim=-1), torch.ones(len(a.descriptors)), atol=1e-3)
    reverse = triangulated.match(b, a)
    common = set(zip(first.tolist(), second.tolist(), strict=True)) & set(
        zip(reverse[1].tolist(), reverse[0].tolist(), strict=True)
    )
    assert len(common) > 0.8 * len(first)


def test_nothing_to_match_is_no_start(scene: Scene) -> None:
    """The ball is too small and smooth for SIFT."""
    assert triangulated.start(scene, 100, generator()) is None


def test_first_gaussians_look_like_the_points() -> None:
    cloud = PointCloud(torch.rand(50, 3), torch.rand(50, 3))
    gaussians = first_gaussians(cloud, Config(), generator())
    assert np.allclose(0.5 + 0.28209479 * gaussians.sh[:, 0], cloud.colours, atol=1e-6)
    assert bool((gaussians.scales > 0).all())
    assert torch.equal(gaussians.means, cloud.positions)
