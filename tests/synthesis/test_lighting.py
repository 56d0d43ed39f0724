"""Baked light where it can be computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("embreex")

from recon3d.synthesis import shapes
from recon3d.synthesis.lighting import Light, Sun, bake, fibonacci_sphere
from recon3d.synthesis.materials import Material, Texture
from recon3d.synthesis.model import THIN_SHARE, Model, Part
from recon3d.synthesis.surface import Surface

SUN = Sun.at(40.0, 50.0, np.full(3, 2.0), 0.05)


class WhiteSky:
    """Radiance 1 above the horizon."""

    def radiance(self, directions: np.ndarray) -> np.ndarray:
        return np.where(directions[:, 2:] > 0, np.ones(3), 0.0)


def light() -> Light:
    return Light(SUN, WhiteSky())


def floor(half: float, z: float = 0.0, count: int = 11) -> Surface:
    side = np.linspace(-half, half, count)
    x, y = np.meshgrid(side, side, indexing="xy")
    return shapes.grid(np.stack([x, y, np.full_like(x, z)], -1))


def model(*surfaces: Surface, albedo: float = 0.5, thin: bool = False) -> Model:
    texture = Texture(np.full((8, 8, 3), albedo), np.zeros((8, 8)), 1.0)
    material = Material(texture, thin=thin)
    return Model([Part(surface, material) for surface in surfaces], lift=1e-3)


def test_an_open_plane_gets_pi_and_all_of_the_sun() -> None:
    baked = bake(model(floor(1.0)), light(), directions=1024)
    np.testing.assert_allclose(baked.ambient, np.pi, rtol=0.01)
    np.testing.assert_array_equal(baked.sun, 1)


def test_a_ceiling_hides_the_sun_and_most_of_the_sky() -> None:
    ground, ceiling = floor(1.0), floor(5.0, 0.5).flipped()
    baked = bake(model(ground, ceiling, albedo=0.0), light(), directions=512)
    middle = len(ground.vertices) // 2
    assert baked.sun[middle] == 0
    assert baked.ambient[middle].max() < 0.05 * np.pi
    assert baked.sun[len(ground.vertices) :].max() == 0  # its lower side looks away from the sun


def test_light_bounces_off_lit_surfaces() -> None:
    """A ceiling that sees nothing but a large white floor in the sun gets the floor's radiance from below."""
    ground, ceiling = floor(60.0, count=41), floor(0.2, 1.5, 3).flipped()
    baked = bake(model(ground, ceiling, albedo=1.0), light(), directions=512)
    radiance = (np.pi + 2.0 * np.sin(np.radians(50))) / np.pi
    np.testing.assert_allclose(baked.ambient[-9:], np.pi * radiance, rtol=0.08)


def test_the_edge_of_a_shadow_is_soft() -> None:
    """Across the penumbra of a roof's edge the share of the sun falls from one to zero without jumps."""
    ground = floor(1.0, count=161)
    roof = floor(2.0, 1.0, 3).at(-2.0, 0, 0)
    sun = Sun.at(0.0, 89.9, np.ones(3), 0.1)
    baked = bake(model(ground, roof), Light(sun, WhiteSky()), directions=16, sun_directions=64)
    row = baked.sun[: len(ground.vertices)].reshape(161, 161)[80]
    assert row[0] == 0
    assert row[-1] == 1
    assert np.diff(row).min() >= 0
    assert np.diff(row).max() < 0.25
    penumbra = (row > 0.02) & (row < 0.98)
    assert penumbra.sum() * 2 / 160 == pytest.approx(0.2, rel=0.2)  # twice the radius, at distance 1


def test_a_thin_sheet_takes_light_from_both_sides() -> None:
    for sheet in (floor(1.0), floor(1.0).flipped()):
        baked = bake(model(sheet, thin=True), light(), directions=1024)
        np.testing.assert_allclose(baked.ambient, THIN_SHARE * np.pi, rtol=0.02)
        np.testing.assert_array_equal(baked.sun, 1)


def test_directions_are_unit_and_balanced() -> None:
    directions = fibonacci_sphere(500)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=-1), 1, atol=1e-12)
    assert np.abs(directions.mean(0)).max() < 5e-3
    np.testing.assert_allclose(directions.T @ directions / 500, np.eye(3) / 3, atol=5e-3)


def test_the_sun_is_where_its_angles_say() -> None:
    sun = Sun.at(90.0, 30.0, np.ones(3), 0.03)
    np.testing.assert_allclose(sun.direction, [0, np.cos(np.pi / 6), 0.5], atol=1e-12)
    angles = np.arccos(np.clip(sun.directions(200) @ sun.direction, -1, 1))
    assert angles.max() < 0.0301
    assert np.median(angles) == pytest.approx(0.03 / 2**0.5, rel=0.05)
