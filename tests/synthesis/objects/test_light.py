"""Light comes from where it should, and what is hidden from it is darker."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("embreex")

from recon3d.synthesis.lighting import fibonacci_sphere
from recon3d.synthesis.objects import materials
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.fusing import Fused, Piece, fused
from recon3d.synthesis.objects.light import Light, any_light, lit
from recon3d.synthesis.objects.primitives import ball, box

NO_LIGHT = np.zeros(3)
PLAIN = materials.plain(np.ones(3))


def whole_of(*pieces: Piece) -> Fused:
    whole = fused(list(pieces), 1 / 30, 20_000)
    assert whole is not None
    return whole


def test_the_key_light_lights_the_side_it_comes_from() -> None:
    sphere = whole_of(Piece(ball(0.5), PLAIN))
    light = Light(np.array([1.0, 0, 0]), np.full(3, 0.8), NO_LIGHT, NO_LIGHT, 0.0)
    colours = lit(sphere, np.full((len(sphere.vertices), 3), 0.5), light)
    towards = sphere.vertices[:, 0] / 0.5
    assert colours[towards > 0.9].min() > 0.5
    assert colours[towards < -0.05].max() == 0
    assert np.corrcoef(towards[towards > 0.2], colours[towards > 0.2, 0])[0, 1] > 0.95


def test_the_sky_lights_from_above_and_the_ground_from_below() -> None:
    light = Light(np.array([0.0, 0, 1]), NO_LIGHT, np.array([1.0, 0, 0]), np.array([0.0, 1, 0]), 0.0)
    normals, ones = np.array([[0.0, 0, 1], [0, 0, -1], [1, 0, 0]]), np.ones(3)
    np.testing.assert_allclose(light.irradiance(normals, ones, ones), [[1, 0, 0], [0, 1, 0], [0.5, 0.5, 0]])


def test_a_roof_keeps_the_light_off_what_is_below() -> None:
    scene = whole_of(
        Piece(box(1, 1, 0.1, 0), PLAIN),
        Piece(box(0.5, 1, 0.1, 0).at(0.25, 0, 0.4), PLAIN),
        Piece(box(0.1, 0.1, 0.5, 0).at(0.2, 0, 0.2), PLAIN),
    )
    overhead = Light(np.array([0.0, 0, 1]), np.full(3, 0.5), np.full(3, 0.5), np.full(3, 0.2), 0.0)
    colours = lit(scene, np.full((len(scene.vertices), 3), 0.5), overhead)
    x, _, z = scene.vertices.T
    floor = (np.abs(z - 0.05) < 1e-3) & (scene.normals[:, 2] > 0.9)
    under, beside = colours[floor & (x > 0.35) & (x < 0.45)], colours[floor & (x < -0.4)]
    assert under.max() < 0.9 * beside.min()


@pytest.mark.parametrize("seed", range(20))
def test_white_paper_comes_out_light_but_not_burnt(seed: int) -> None:
    light, directions = any_light(Dice(seed)), fibonacci_sphere(200)
    brightest = light.irradiance(directions, np.ones(200), np.ones(200)).mean(-1).max()
    assert 0.85 < brightest < 1.5
    assert light.irradiance(directions, np.ones(200), np.ones(200)).min() > 0
    assert np.linalg.norm(light.direction) == pytest.approx(1)
