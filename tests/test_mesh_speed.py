"""benchmarks/mesh_speed.py: the straightforward TripoSR that recon3d is measured by is the same model."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from scipy.spatial import cKDTree

from recon3d.encoders.networks.published import adopt
from recon3d.encoders.networks.vision_transformer import VisionTransformerConfig
from recon3d.encoders.triposr import PUBLISHED, Config, TripoSR
from recon3d.meshing.isosurface import marched_cubes
from recon3d.types import Views

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
VISION = VisionTransformerConfig(48, 3, 96, layers=2)
CONFIG = Config(VISION, picture=64, width=64, layers=2, heads=4, plane=8, channels=8)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The straightforward model with random weights, and recon3d's with the same."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from plain_triposr import PlainTripoSR
    from random_triposr import random_tensors

    tensors = random_tensors(CONFIG, seed=1)
    own = TripoSR(CONFIG)
    adopt(own, tensors, PUBLISHED, "random weights")
    fused = PlainTripoSR(tensors, CONFIG, fused=True)
    return SimpleNamespace(
        model=PlainTripoSR(tensors, CONFIG), fused=fused, own=own.requires_grad_(False), tensors=tensors
    )


def picture() -> torch.Tensor:
    return torch.rand(50, 50, 3, generator=torch.Generator().manual_seed(0))


def test_both_models_are_one(plain: SimpleNamespace) -> None:
    field = plain.own(Views(TripoSR.viewpoint().resized(50, 50), picture()[None]))
    planes = plain.model.planes(picture())
    torch.testing.assert_close(planes, field.planes, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(planes, plain.fused.planes(picture()), atol=1e-5, rtol=1e-4)
    points = CONFIG.half_size * (2 * torch.rand(500, 3, generator=torch.Generator().manual_seed(1)) - 1)
    for theirs, ours in zip(plain.model.query(planes, points), field.query(points), strict=True):
        torch.testing.assert_close(theirs, ours, atol=1e-5, rtol=1e-4)


def test_the_dense_grid_is_recon3ds(plain: SimpleNamespace) -> None:
    planes = plain.model.planes(picture())
    density = plain.model.density_grid(planes, 17)
    corner = torch.tensor([[-CONFIG.half_size, CONFIG.half_size, -CONFIG.half_size]])
    torch.testing.assert_close(density[0, -1, 0], plain.model.query(planes, corner)[0][0])
    level = float(density.median())
    vertices, faces = plain.model.surface(density, level)
    own = marched_cubes(density, level, CONFIG.half_size).vertices.numpy()  # and closed where the box ends
    assert cKDTree(own).query(vertices)[0].max() < 1e-5
    assert cKDTree(vertices).query(own[np.abs(own).max(1) < CONFIG.half_size - 1e-3])[0].max() < 1e-5
    assert len(vertices) > faces.max() > 100
    colours = plain.model.vertex_colours(planes, vertices)
    assert colours.shape == vertices.shape


def test_random_fields_vary_but_not_wildly(plain: SimpleNamespace) -> None:
    """Between neighbours of 64 along a side, the logarithm of the density changes by a small part of its range."""
    raw = plain.model.density_grid(plain.model.planes(picture()), 64).log()
    assert raw.std() > 0.05
    assert raw.diff(dim=0).abs().mean() < 0.25 * raw.std()


def test_both_sides_are_measured_and_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The small model, both ways in this process."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import mesh_speed

    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    recipe = mesh_speed.recipe_of(small=True)
    config = recipe.parts["encoder"].config
    save_file(mesh_speed.random_tensors(config, 0), tmp_path / "weights.safetensors")
    mesh_speed.draw_photo(tmp_path / "photo.png")
    for side in mesh_speed.SIDES:
        mesh_speed.run_side(side, tmp_path, recipe, "float32")
    rows = {side: json.loads((tmp_path / f"{side}.json").read_text()) for side in mesh_speed.SIDES}
    mesh_speed.printed(rows)
    heads = [line.split("|")[1].strip() for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert heads[1:5] == [*mesh_speed.STAGES, "total"]
    assert rows["recon3d"]["asked"] < rows["plain"]["asked"]
    apart = mesh_speed.compared(tmp_path, config.half_size, 49)
    assert apart["planes_drift"] < 1e-4
    assert apart["density_drift"] < 1e-3
    assert apart["chamfer_voxels"] < 0.1
    assert apart["farthest_voxels"] < 1
