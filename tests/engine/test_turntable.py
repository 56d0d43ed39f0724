"""Pictures of a mesh from all around."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from recon3d.engine import turntable
from recon3d.engine.camera_paths import orbit_from_front
from recon3d.engine.turntable import BACKGROUND, VIEW_SIDE, seen, write_turntable
from recon3d.io.images import read_image
from recon3d.types import Mesh

SIDES = {"front": (1, 0, 0), "right": (0, 1, 0), "back": (0, 0, 1), "left": (1, 1, 0)}
"""Colours of what looks towards +z, +x, -z and -x."""


def post(height: float = 2.0) -> Mesh:
    """An upright, higher than wide, with a colour for every side, off the origin."""
    corners = np.array([(-1, 1), (1, 1), (1, -1), (-1, -1)]) * 0.3
    vertices, faces, colours = [], [], []
    for i, colour in enumerate(SIDES.values()):
        (x0, z0), (x1, z1) = corners[i], corners[(i + 1) % 4]
        n = len(vertices)
        vertices += [(x0, 0, z0), (x1, 0, z1), (x1, height, z1), (x0, height, z0)]
        faces += [(n, n + 1, n + 2), (n, n + 2, n + 3)]
        colours += [colour] * 4
    place = torch.tensor(vertices, dtype=torch.float32) + torch.tensor([5.0, -3.0, 2.0])
    return Mesh(place, torch.tensor(faces), torch.tensor(colours, dtype=torch.float32))


def test_the_sheet_begins_at_the_front_and_goes_around(tmp_path: Path) -> None:
    write_turntable(tmp_path / "post.png", post())
    sheet = read_image(tmp_path / "post.png") / 255
    assert sheet.shape == (2 * VIEW_SIDE, 4 * VIEW_SIDE, 3)
    middle = VIEW_SIDE // 2
    for i, colour in enumerate(SIDES.values()):
        row, column = divmod(2 * i, 4)
        shown = sheet[row * VIEW_SIDE + middle, column * VIEW_SIDE + middle]
        np.testing.assert_allclose(shown, colour, atol=0.01)
    np.testing.assert_allclose(sheet[2, 2], BACKGROUND, atol=0.01)


@pytest.mark.parametrize("height", [0.05, 0.6, 9.0])
def test_the_mesh_fits_into_every_view(height: float) -> None:
    views = seen(post(height), orbit_from_front(post(height), 96, 12))
    away = (views - torch.tensor(BACKGROUND)).abs().amax(-1) > 0.02
    outline = torch.cat([away[:, 0], away[:, -1], away[:, :, 0], away[:, :, -1]], 1)
    assert not outline.any()
    assert bool(away.flatten(1).any(1).all())
    assert int(away.any(0).any(0).sum()) > 40 or int(away.any(0).any(1).sum()) > 40


def test_up_is_up() -> None:
    mesh = post()
    assert mesh.colours is not None
    mesh.colours[mesh.vertices[:, 1] < mesh.vertices[:, 1].mean()] = 0
    view = seen(mesh, orbit_from_front(mesh, 96, 1))[0]
    lit = torch.nonzero((view - torch.tensor([1.0, 0, 0])).abs().amax(-1) < 0.2)[:, 0]
    dark = torch.nonzero(view.amax(-1) < 0.2)[:, 0]
    assert lit.max() < dark.min()


def test_films_turn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("imageio_ffmpeg")
    import imageio.v3 as imageio

    assert turntable.FRAMES >= 60
    assert turntable.FILM_SIDE == 512
    monkeypatch.setattr(turntable, "FRAMES", 12)
    monkeypatch.setattr(turntable, "FILM_SIDE", 128)
    write_turntable(tmp_path / "post.mp4", post())
    film = imageio.imread(tmp_path / "post.mp4") / 255
    assert film.shape == (12, 128, 128, 3)
    for i, colour in enumerate(SIDES.values()):
        np.testing.assert_allclose(film[3 * i, 64, 64], colour, atol=0.1)
