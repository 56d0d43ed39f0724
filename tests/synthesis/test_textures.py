"""Textures repeat without seams, are the same for the same seed, and fade to their mean with distance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon3d.synthesis import greenery, stone, textures
from recon3d.synthesis.colours import linear, mix, smoothstep, srgb
from recon3d.synthesis.materials import Texture
from recon3d.synthesis.noise import cells, fractal_image, solid_noise
from recon3d.synthesis.sampling import bilinear

MAKERS: dict[str, Callable[[int], Texture]] = {
    "wood": lambda seed: textures.wood(seed, "#a07040", "#604020", 1.0, 64),
    "planks": lambda seed: textures.planks(seed, "#a07040", "#604020", 1.0, 4, pixels=64),
    "cloth": lambda seed: textures.cloth(seed, "#c0a080", 1.0, 4, 64),
    "paint": lambda seed: textures.paint(seed, "#c0a080", 1.0, 64),
    "masonry": lambda seed: stone.masonry(seed, ["#c0a080"], "#605040", 1.0, stone.Cut((2, 4), 0.5, 0.01, 0.1), 64),
    "plaster": lambda seed: stone.plaster(seed, "#c0a080", "#a08060", 1.0, 64),
    "tiles": lambda seed: stone.barrel_tiles(seed, ["#c06040", "#a05030"], 1.0, (3, 4), 64),
    "clay": lambda seed: stone.clay(seed, "#b06040", 1.0, 64),
    "gravel": lambda seed: stone.gravel(seed, ["#c0b090", "#a09070"], 1.0, 6, 64),
    "grass": lambda seed: greenery.grass(seed, ("#404020", "#708040", "#b0a060"), 1.0, 64),
    "bark": lambda seed: greenery.bark(seed, "#807060", "#403020", 1.0, 64),
    "fields": lambda seed: greenery.fields(seed, ["#908040", "#a0a060"], "#405030", 1.0, 4, 64),
    "leaf": lambda seed: greenery.leaf(seed, "#608040", "#90a060", 1.0),
}


@pytest.mark.parametrize("name", MAKERS)
def test_the_seed_alone_decides(name: str) -> None:
    first, same, other = (MAKERS[name](seed) for seed in (3, 3, 4))
    assert first.colour.tobytes() == same.colour.tobytes()
    assert first.height.tobytes() == same.height.tobytes()
    assert first.colour.tobytes() != other.colour.tobytes()


@pytest.mark.parametrize("name", MAKERS)
def test_colours_are_light_that_paint_can_reflect(name: str) -> None:
    texture = MAKERS[name](3)
    assert texture.colour.shape == (64, 64, 3)
    assert np.isfinite(texture.height).all()
    assert texture.colour.min() >= 0
    assert texture.colour.max() < 1.2
    assert texture.colour.std() > 1e-3


def test_noise_repeats_without_a_seam() -> None:
    image = fractal_image(128, seed=1)
    inner, seam = np.abs(np.diff(image, axis=1)).mean(), np.abs(image[:, 0] - image[:, -1]).mean()
    assert seam < 1.5 * inner
    assert image.mean() == pytest.approx(0, abs=1e-9)
    assert image.std() == pytest.approx(1)


def test_cells_repeat_without_a_seam() -> None:
    cell, border = cells(128, 4, 6, seed=1)
    assert set(np.unique(cell)) == set(range(24))
    assert border.min() >= 0
    jump = np.abs(border[:, 0] - border[:, -1]).max()
    assert jump < 2 * np.abs(np.diff(border, axis=1)).max()


def test_solid_noise_is_continuous_and_seeded() -> None:
    points = np.random.default_rng(0).uniform(-3, 3, (500, 3))
    values = solid_noise(points, seed=1)
    assert np.abs(solid_noise(points + 1e-4, seed=1) - values).max() < 0.02
    assert values.std() == pytest.approx(1, abs=0.3)
    assert np.abs(np.corrcoef(values, solid_noise(points, seed=2))[0, 1]) < 0.3


def test_bilinear_hits_texels_and_wraps() -> None:
    tile = np.random.default_rng(0).random((8, 8, 3)).astype(np.float32)
    row, column = np.divmod(np.arange(64), 8)
    centres = np.stack([column + 0.5, row + 0.5], -1) / 8
    for whole in (0.0, 3.0, -5.0):
        np.testing.assert_allclose(bilinear(tile, centres + whole), tile[row, column], atol=1e-5)
    assert bilinear(tile, np.empty((0, 2))).shape == (0, 3)
    between = bilinear(tile, np.array([[0.0, 0.5 / 8]]))  # half way from the last column to the first
    np.testing.assert_allclose(between[0], (tile[0, 0] + tile[0, 7]) / 2, atol=1e-5)


def test_far_away_a_texture_fades_to_its_mean() -> None:
    texture = MAKERS["masonry"](3)
    uv = np.random.default_rng(0).random((200, 2))
    colour, slope = texture.sampled(uv, np.full(200, 10.0))
    np.testing.assert_allclose(colour, np.broadcast_to(texture.colour.mean((0, 1)), (200, 3)), rtol=1e-4)
    np.testing.assert_array_equal(slope, 0)
    near, _ = texture.sampled(uv, np.full(200, 1e-3))
    assert near.std() > 0.02


def test_slopes_are_those_of_the_height() -> None:
    """A height of sin(2 pi u) over a tile of size 2 has the slope pi cos(2 pi u)."""
    u = (np.arange(256) + 0.5) / 256
    height = np.broadcast_to(np.sin(2 * np.pi * u), (256, 256))
    texture = Texture(np.zeros((256, 256, 3)), height, 2.0)
    _, slope = texture.sampled(np.array([[0.0, 0.3], [0.5, 0.3], [1.0, 0.3]]), np.full(3, 1e-3))
    np.testing.assert_allclose(slope, [[np.pi, 0], [0, 0], [-np.pi, 0]], atol=0.02)
    np.testing.assert_allclose(texture.height_at(np.array([[0.5, 0.1]]), 0.01), 1, atol=1e-3)


@settings(deadline=None)
@given(st.integers(0, 0xFFFFFF))
def test_colours_survive_the_way_to_light_and_back(code: int) -> None:
    wanted = np.array([code >> 16, code >> 8 & 255, code & 255]) / 255
    light = linear(f"#{code:06x}")
    dim = light <= 0.7
    np.testing.assert_allclose(srgb(light)[dim], wanted[dim], atol=1e-6)


def test_highlights_bend_instead_of_clipping() -> None:
    ramp = srgb(np.linspace(0, 4, 200)[:, None] * np.ones(3))[:, 0]
    assert (np.diff(ramp) > 0).all()
    assert ramp.max() < 1


def test_mixing_and_steps_reach_their_ends() -> None:
    np.testing.assert_array_equal(mix(np.zeros(3), np.ones(3), np.array([0.0, 0.5, 1.0]))[:, 0], [0, 0.5, 1])
    np.testing.assert_array_equal(smoothstep(1.0, 2.0, np.array([0.0, 1.5, 3.0])), [0, 0.5, 1])
    np.testing.assert_array_equal(smoothstep(2.0, 1.0, np.array([0.0, 1.5, 3.0])), [1, 0.5, 0])
