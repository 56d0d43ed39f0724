"""Sweeping: pictures agree where surfaces are."""

from __future__ import annotations

import pytest
import torch

from recon3d.encoders.networks.pixel_splats import SWEPT, Posed, SplatsConfig, swept_distances
from recon3d.encoders.networks.posed_pictures import PixelRays
from recon3d.encoders.networks.sweep import UNSEEN, differences
from recon3d.types import Cameras, Views

SIDE = 64


def of_plane(height: float = 0.2) -> Views:
    """A plane of that height with waves on it, seen from above by three cameras."""
    centres = torch.tensor([[0.0, 0.3, 2.5], [0.8, -0.4, 2.5], [-0.7, -0.6, 2.2]])
    cameras = Cameras.facing_origin(centres, 1.2).resized(SIDE, SIDE)
    rays = PixelRays.of(cameras)
    places = rays.at(true_distances(rays, height))
    waves = [0.5 + 0.5 * torch.sin(7 * places[..., 0] + k) * torch.cos(5 * places[..., 1] - k) for k in range(3)]
    return Views(cameras, torch.stack(waves, -1))


def true_distances(rays: PixelRays, height: float) -> torch.Tensor:
    return (height - rays.origins[..., 2]) / rays.directions[..., 2]


def test_pictures_agree_where_the_surface_is() -> None:
    views = of_plane()
    offsets = torch.linspace(-0.6, 0.6, 13)
    distances = true_distances(PixelRays.of(views.cameras), 0.2)[..., None] + offsets
    found = differences(views, distances)
    assert found.shape == (3, SIDE, SIDE, 13)
    inner = found[:, 16:-16, 16:-16]
    best = offsets[inner.argmin(-1)]
    assert float((best.abs() < 0.11).float().mean()) > 0.8
    assert float(inner[..., 6].mean()) < 0.3 * float(inner[..., [0, 12]].mean())


def test_what_no_other_picture_shows_is_as_different_as_can_be() -> None:
    views = of_plane()
    behind = torch.full((3, SIDE, SIDE, 2), -5.0)
    assert bool((differences(views, behind) == UNSEEN).all())
    empty = Views(views.cameras, torch.zeros_like(views.images), torch.zeros(3, SIDE, SIDE))
    assert bool((differences(empty, behind) == UNSEEN).all())


@pytest.mark.parametrize("depth", ["nearest", "ratio", "hull"])
def test_swept_places(depth: str) -> None:
    views, splats = of_plane(), SplatsConfig(depth=depth, near=0.5, far=8.0)
    posed = Posed.of(views, 8, splats)
    distances = swept_distances(posed, splats, 4)
    if depth == "ratio":
        assert distances[0, 0, 0].tolist() == pytest.approx([0.5 * 16 ** (k / 8) for k in (1, 3, 5, 7)])
    else:
        steps = (distances - posed.rays.nearest[..., None])[1, 2, 3].tolist()
        evenly = [0.5 + 7.5 * (k + 0.5) / 4 for k in range(4)]
        assert steps == pytest.approx(evenly if depth == "nearest" else [SWEPT * k for k in range(4)], abs=1e-5)
