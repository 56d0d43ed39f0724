"""Materials are colours that depend on the place and the seed alone; patterns are what they are called."""

from __future__ import annotations

import numpy as np
import pytest

from recon3d.synthesis.objects import materials, palettes, patterns, prints
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.palettes import Palette

PLACES = np.random.default_rng(0).uniform(-0.6, 0.6, (4000, 3))
FIELDS = [
    "stripes",
    "segments",
    "bands",
    "checks",
    "spots",
    "freckles",
    "bricks",
    "gradient",
    "mottle",
    "marble",
    "rings",
]


@pytest.mark.parametrize("seed", range(12))
def test_any_material_is_a_colour_everywhere_and_the_same_again(seed: int) -> None:
    first, again = (materials.any_material(dice, Palette(dice))(PLACES) for dice in (Dice(seed), Dice(seed)))
    assert first.shape == PLACES.shape
    assert first.min() >= 0
    assert first.max() <= 1
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("name", FIELDS)
def test_fields_reach_from_one_colour_to_the_other(name: str) -> None:
    values = np.concatenate([getattr(patterns, name)(Dice(seed))(PLACES) for seed in range(8)])
    assert values.min() >= -1e-9
    assert values.max() <= 1 + 1e-9
    assert values.min() < 0.1
    assert values.max() > 0.9


def test_stripes_run_along_an_axis_and_checks_alternate() -> None:
    assert patterns.SOFT < 0.02
    line = np.zeros((2000, 3))
    line[:, 2] = np.linspace(-0.6, 0.6, 2000)
    values = patterns.bands(Dice(1))(line)
    sideways = line + np.array([0.3, -0.2, 0.0])
    np.testing.assert_allclose(values, patterns.bands(Dice(1))(sideways))
    crossings = np.count_nonzero(np.diff(patterns.checks(Dice(2))(line) > 0.5))
    assert crossings >= 2


@pytest.mark.parametrize("seed", range(5))
def test_a_label_covers_its_band_and_nothing_else(seed: int) -> None:
    bottle = materials.labelled(Dice(seed), Palette(Dice(seed)), 0.0, 0.2)
    angle, height = np.meshgrid(np.linspace(0, 2 * np.pi, 400), np.linspace(0.005, 0.195, 20))
    band = np.stack([0.3 * np.cos(angle), 0.3 * np.sin(angle), height], -1).reshape(-1, 3)
    assert np.ptp(bottle(band + np.array([0, 0, 0.2])), axis=0).max() == 0
    assert np.ptp(bottle(band - np.array([0, 0, 0.2])), axis=0).max() == 0
    assert np.ptp(bottle(band), axis=0).max() > 0.02


@pytest.mark.parametrize("seed", range(10))
def test_prints_are_linear_colours(seed: int) -> None:
    dice = Dice(seed)
    picture = prints.any_print(dice, Palette(dice))
    assert picture.shape == (prints.SIZE, prints.SIZE, 3)
    assert picture.dtype == np.float32
    assert picture.min() >= -1e-6
    assert picture.max() <= 1 + 1e-6


def test_colours_can_be_reflectances_and_are_not_all_alike() -> None:
    colours = np.array([palettes.any_colour(Dice(seed)) for seed in range(300)])
    assert colours.min() > 0
    assert colours.max() <= 1
    level = colours.mean(1)
    assert (level < 0.05).mean() > 0.05
    assert (level > 0.6).mean() > 0.05
    chroma = np.ptp(colours, axis=1)
    assert (chroma < 0.1).mean() > 0.2
    assert (chroma > 0.4).mean() > 0.1
