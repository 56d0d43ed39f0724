"""Objects: the same for the same seed, closed, in the unit ball, light and dark as photos are."""

from __future__ import annotations

import numpy as np
import pytest
from closed_surfaces import is_closed

pytest.importorskip("embreex")

from recon3d.synthesis.objects.kinds import KINDS
from recon3d.synthesis.objects.making import RESERVED, procedural_object
from recon3d.synthesis.objects.solids import signed_volume


@pytest.mark.parametrize("seed", [0, 1, 2, RESERVED, RESERVED + 1])
def test_an_object_is_a_closed_coloured_surface_in_the_unit_ball(seed: int) -> None:
    mesh = procedural_object(seed)
    vertices, faces = mesh.vertices.numpy(), mesh.faces.numpy()
    assert is_closed(vertices, faces)
    assert signed_volume(vertices.astype(np.float64), faces) > 0
    assert np.linalg.norm(vertices, axis=-1).max() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(vertices.min(0) + vertices.max(0), 0, atol=1e-5)
    assert 2_000 < len(faces) < 80_000
    assert mesh.colours is not None
    assert mesh.colours.shape == mesh.vertices.shape
    assert float(mesh.colours.min()) >= 0
    assert float(mesh.colours.max()) <= 1
    assert float(mesh.colours.mean()) > 0.02


def test_the_same_seed_makes_the_same_object_and_another_another() -> None:
    first, again, other = (procedural_object(seed) for seed in (5, 5, 6))
    assert first.vertices.numpy().tobytes() == again.vertices.numpy().tobytes()
    assert first.faces.numpy().tobytes() == again.faces.numpy().tobytes()
    assert first.colours is not None
    assert again.colours is not None
    assert first.colours.numpy().tobytes() == again.colours.numpy().tobytes()
    assert first.vertices.shape != other.vertices.shape


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_makes_closed_things(kind: str) -> None:
    for seed in (11, 12):
        mesh = procedural_object(seed, KINDS[kind][0])
        assert is_closed(mesh.vertices.numpy(), mesh.faces.numpy())


def test_edges_are_short_enough_for_colours_to_live_at_vertices() -> None:
    for seed in range(20, 24):
        mesh = procedural_object(seed)
        corners = mesh.vertices[mesh.faces]
        sides = (corners - corners.roll(1, 1)).norm(dim=-1)
        extent = float((mesh.vertices.amax(0) - mesh.vertices.amin(0)).max())
        assert float(sides.median()) < extent / 40


def test_a_maker_that_leaves_nothing_is_asked_again() -> None:
    from recon3d.synthesis.objects import materials
    from recon3d.synthesis.objects.fusing import Piece
    from recon3d.synthesis.objects.primitives import ball

    asked = []

    def make(dice):
        asked.append(dice)
        pieces = [Piece(ball(0.5), materials.plain(np.full(3, 0.5)))]
        return [*pieces, Piece(ball(1.0), pieces[0].material, cut=True)] if len(asked) < 3 else pieces

    assert len(procedural_object(1, make).faces) > 500
    assert len(asked) == 3
