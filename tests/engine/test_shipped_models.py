"""What comes along with recon3d: that it is what its card says, and that it works at once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh

from recon3d import cli
from recon3d.engine.recipe_files import shipped_recipes, shipped_weights
from recon3d.errors import UsageError
from recon3d.io.hashes import sha256_of
from recon3d.io.images import write_image

MODELS = ["pocket", "gslrm_small"]


SHIP_PSNR = 16.0
"""Nothing at all has 11.6."""


def bottle(size: int = 160) -> np.ndarray:
    """A picture of one, cut out: a body, a neck and a label."""
    y, x = np.mgrid[-1.1 : 1.1 : size * 1j, -1.1 : 1.1 : size * 1j]
    body = (abs(x) < 0.4) & (y > -0.2) & (y < 1)
    neck = (abs(x) < 0.15) & (y > -1) & (y <= -0.2)
    label = body & (y > 0.2) & (y < 0.7)
    width = np.where(body, 0.4, 0.15)
    light = 0.4 + 0.6 * np.sqrt(np.clip(1 - (x / width) ** 2, 0, 1))
    colour = np.where(label[..., None], [0.9, 0.85, 0.7], [0.1, 0.5, 0.2]) * light[..., None]
    return np.concatenate([colour, (body | neck)[..., None]], -1)


@pytest.mark.parametrize("model", MODELS)
def test_its_card_is_about_these_weights(model: str) -> None:
    weights = shipped_weights(model)
    assert sha256_of(weights) in weights.with_suffix(".md").read_text()
    assert weights.stat().st_size <= 32 * 2**20


def test_recipes_without_weights_say_so() -> None:
    for recipe in {*shipped_recipes()} - {*MODELS}:
        with pytest.raises(UsageError, match="ships no weights for it; give --weights"):
            shipped_weights(recipe)


def test_a_photo_becomes_a_mesh_at_once(tmp_path: Path, capsys) -> None:
    """Seen from where the photo was taken, the mesh looks like the photo; seen from the side, it is not flat."""
    write_image(tmp_path / "bottle.png", bottle())
    assert cli.run(["mesh", str(tmp_path / "bottle.png"), "--output", str(tmp_path / "bottle.glb")]) == 0
    assert "pocket is a small model" in capsys.readouterr().out
    scene = trimesh.load(tmp_path / "bottle.glb", force="mesh")
    width, height, depth = scene.extents
    assert height / width == pytest.approx(2 / 0.8, rel=0.15)
    assert 0.3 < depth / width < 1.5


def test_four_photos_of_an_object_become_splats_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The bundled ship, whose pictures are cut out: four of them, and views that are none of the four."""
    scene = Path(__file__).parents[2] / "scenes" / "ketch"
    words = ["fit", str(scene), "--recipe", "gslrm_small", "--views", "4", "--output", str(tmp_path / "run")]
    assert cli.run(words) == 0
    assert "Gaussians made of 4 pictures of" in capsys.readouterr().err
    mean = json.loads((tmp_path / "run" / "metrics.json").read_text())["mean"]
    assert mean["psnr"] > SHIP_PSNR
