"""Solids are closed, face outward, measure what was asked for, and stay so under everything done to them."""

from __future__ import annotations

import numpy as np
import pytest
from closed_surfaces import is_closed

from recon3d.synthesis.objects import outlines, profiles, solids
from recon3d.synthesis.objects.blobs import Limb, flesh, knob
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.primitives import (
    ball,
    bow,
    box,
    capsule,
    carried_frames,
    cylinder,
    prism,
    rod,
    superquadric,
    torus,
    tube,
    turned,
)
from recon3d.synthesis.objects.solids import Solid

KNOT = 2 * np.pi * np.arange(80) / 80
SOLIDS = {
    "ball": (ball(0.5), np.pi / 6),
    "ellipsoid": (ball(0.5, 0.3, 0.2), 4 / 3 * np.pi * 0.03),
    "box": (box(1.0, 0.6, 0.4, 0.0), 0.24),
    "rounded box": (box(1.0, 0.6, 0.4, 0.05), 0.24),
    "cylinder": (cylinder(0.4, 0.9), np.pi * 0.16 * 0.9),
    "cone": (cylinder(0.4, 0.9, 0.0, 0.001), np.pi * 0.16 * 0.3),
    "bevelled": (cylinder(0.4, 0.9, 0.05), np.pi * 0.16 * 0.9),
    "torus": (torus(0.4, 0.1), 2 * np.pi**2 * 0.4 * 0.01),
    "capsule": (capsule(0.2, 0.5), np.pi * 0.04 * (0.5 + 0.8 / 3)),
    "rod": (rod(np.zeros(3), np.array([0.3, 0.4, 1.2]), 0.05), np.pi * 0.0025 * 1.3),
    "bow": (bow(0.4, 0.4, 0.05), np.pi * 0.0025 * np.pi * 0.4),
    "diamond": (superquadric(1, 1, 1, 1, 1), 4 / 3),
    "knot": (
        tube(
            np.stack(
                [
                    np.cos(2 * KNOT) * (2 + np.cos(3 * KNOT)),
                    np.sin(2 * KNOT) * (2 + np.cos(3 * KNOT)),
                    np.sin(3 * KNOT),
                ],
                -1,
            )
            / 3,
            0.05,
            loop=True,
        ),
        None,
    ),
    "star": (prism(outlines.star(5, 0.4, False), [(0, 0), (1, 0), (1, 0.3), (0, 0.3)]), None),
    "hollow": (turned([(0, 0), (0.5, 0), (0.5, 1), (0.4, 1), (0.4, 0.1), (0, 0.1)]), np.pi * (0.25 - 0.16 * 0.9)),
    "flesh": (flesh([knob((0, 0, 0), 0.5)], 0.01), np.pi / 6),
    "two limbs": (flesh([Limb((0, 0, 0), (1, 0, 0), 0.2, 0.1), Limb((0, 0, 0), (0, 1, 0.2), 0.2, 0.2)], 0.05), None),
}
BENDS = {
    "moved": lambda s: s.moved(np.array([[1.0, 0.2, 0], [0, 0.5, 0], [0.1, 0, 2]])),
    "mirrored": lambda s: s.mirrored("y"),
    "turned": lambda s: s.turned("x", 70).at(1, 2, 3),
    "twisted": lambda s: solids.twisted(s, 90),
    "tapered": lambda s: solids.tapered(s, 0.3),
    "bent": lambda s: solids.bent(s, 60),
    "flattened": lambda s: solids.flattened(s.at(0, 0, -0.1), 0.3),
    "rough": lambda s: solids.rough(s, 0.005, 0.5, seed=1),
}


def volume(solid: Solid) -> float:
    return solids.signed_volume(solid.vertices, solid.faces)


@pytest.mark.parametrize("name", SOLIDS)
def test_solids_are_closed_and_as_large_as_they_should_be(name: str) -> None:
    solid, expected = SOLIDS[name]
    assert is_closed(solid.vertices, solid.faces)
    assert volume(solid) > 0
    assert solid.faces.max() < len(solid.vertices) == len(solid.rest)
    if expected is not None:
        assert volume(solid) == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("bend", BENDS)
@pytest.mark.parametrize("name", ["ball", "box", "torus", "hollow"])
def test_whatever_is_done_to_a_solid_it_stays_one(name: str, bend: str) -> None:
    before, after = SOLIDS[name][0], BENDS[bend](SOLIDS[name][0])
    assert is_closed(after.vertices, after.faces)
    assert volume(after) > 0
    np.testing.assert_array_equal(after.rest, before.rest)  # materials do not see it
    assert np.abs(after.vertices - before.vertices).max() > 1e-3


def test_sizes_are_kept_to() -> None:
    np.testing.assert_allclose(np.ptp(box(1.0, 0.6, 0.4, 0.1).vertices, axis=0), [1.0, 0.6, 0.4], atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(ball(0.7).vertices, axis=-1), 0.7, rtol=1e-9)
    tall = capsule(0.2, 0.5).vertices
    assert np.ptp(tall[:, 2]) == pytest.approx(0.9)


def test_bending_keeps_the_length_of_the_axis_and_turns_its_end() -> None:
    rail = solids.bent(box(0.01, 0.01, 1.0, 0.0), 90)
    ends = rail.vertices[rail.rest[:, 2] > 0.5 - 1e-9].mean(0), rail.vertices[rail.rest[:, 2] < 1e-9 - 0.5].mean(0)
    radius = 1 / np.radians(90)
    np.testing.assert_allclose(ends[0] - ends[1], [radius, 0, radius], atol=1e-6)


def test_tapering_narrows_the_top_only() -> None:
    wedge = solids.tapered(box(1.0, 1.0, 1.0, 0.0), 0.25)
    top, bottom = (wedge.vertices[np.isclose(wedge.vertices[:, 2], z)] for z in (0.5, -0.5))
    assert np.ptp(top[:, 0]) == pytest.approx(0.25, abs=0.02)
    assert np.ptp(bottom[:, 0]) == pytest.approx(1.0, abs=0.02)


def test_a_rod_leads_from_its_start_to_its_end() -> None:
    start, end = np.array([0.1, 0.2, 0.3]), np.array([1.0, -0.5, 0.4])
    solid = rod(start, end, 0.05)
    along = (solid.vertices - start) @ (end - start) / np.linalg.norm(end - start)
    assert along.min() == pytest.approx(0, abs=1e-9)
    assert along.max() == pytest.approx(np.linalg.norm(end - start))


def test_frames_along_a_loop_meet_again() -> None:
    path = np.stack([np.cos(KNOT), np.sin(KNOT), 0.4 * np.sin(2 * KNOT)], -1)
    across, up = carried_frames(path, loop=True)
    np.testing.assert_allclose((across * up).sum(-1), 0, atol=1e-9)
    steps = np.linalg.norm(across - np.roll(across, 1, 0), axis=-1)
    assert steps[0] < 2 * np.median(steps)


def test_limbs_that_come_close_melt_together_and_others_do_not() -> None:
    near = flesh([knob((0, 0, 0), 0.2), knob((0.41, 0, 0), 0.2)], 0.05)
    far = flesh([knob((0, 0, 0), 0.2), knob((1.0, 0, 0), 0.2)], 0.02)
    assert (np.linalg.norm(near.vertices - [0.205, 0, 0], axis=-1) < 0.15).any()
    assert not (np.abs(far.vertices[:, 0] - 0.5) < 0.2).any()


@pytest.mark.parametrize("seed", range(6))
def test_random_outlines_and_profiles_make_solids(seed: int) -> None:
    dice = Dice(seed)
    drawn = prism(outlines.any_outline(dice), [(0, 0), (1, 0), (1, 0.5), (0, 0.5)])
    post, pot = turned(profiles.turned_wood(dice)), profiles.vase(dice, 1.0)
    inside = turned(profiles.hollow(pot, 0.03, 0.05))
    for solid in (drawn, post, turned(profiles.closed(pot)), inside):
        assert is_closed(solid.vertices, solid.faces)
        assert volume(solid) > 0
    assert volume(inside) < volume(turned(profiles.closed(pot)))
