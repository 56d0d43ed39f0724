"""What no camera vouches for is left out."""

from __future__ import annotations

import torch
from exact_depth import SIDE, around

from recon3d.meshing.culling import GROWN, culled, grown
from recon3d.types import Mesh


def sheet(reach: float, steps: int = 60) -> Mesh:
    """A square in the plane z = 0."""
    axis = torch.linspace(-reach, reach, steps)
    vertices = torch.cartesian_prod(axis, axis, torch.zeros(1))
    first = (torch.arange(steps - 1)[:, None] * steps + torch.arange(steps - 1)).view(-1)
    faces = [
        torch.stack([first, first + steps, first + 1], 1),
        torch.stack([first + 1, first + steps, first + steps + 1], 1),
    ]
    return Mesh(vertices, torch.cat(faces))


def test_what_is_in_no_picture_goes() -> None:
    cameras = around(3)
    mesh = sheet(20.0)
    kept = culled(mesh, ((camera, None) for camera in cameras))
    reached = cameras.sees(mesh.vertices)[0].any(0)
    assert 0 < len(kept.faces) < 0.5 * len(mesh.faces)
    assert len(kept.faces) == int(reached[mesh.faces].all(-1).sum())
    pixels, depths = cameras.project(kept.vertices)
    within = (depths > 0) & (pixels >= 0).all(-1) & (pixels < SIDE).all(-1)
    assert bool(within.any(0).all())


def test_what_is_outside_of_any_mask_goes() -> None:
    cameras = around(4)
    mesh, mask = sheet(0.8), torch.zeros(SIDE, SIDE, dtype=torch.bool)
    mask[40:80, 40:80] = True
    kept = culled(mesh, ((camera, mask) for camera in cameras))
    assert 0 < len(kept.faces) < len(mesh.faces)
    pixels, _ = cameras.project(kept.vertices)
    slack = round(GROWN * SIDE) + 1
    assert bool(((pixels >= 40 - slack) & (pixels <= 80 + slack)).all())
    whole = culled(mesh, ((camera, torch.ones_like(mask)) for camera in cameras))
    assert len(whole.faces) == len(mesh.faces)


def test_a_picture_that_does_not_reach_says_nothing() -> None:
    """Its mask is empty, but it looks elsewhere."""
    camera = around(1)
    away = camera.moved(torch.diag(torch.tensor([-1.0, -1.0, 1.0, 1.0])))
    shifted = away.cropped(4 * SIDE, 0, SIDE, SIDE)
    empty, full = torch.zeros(SIDE, SIDE, dtype=torch.bool), torch.ones(SIDE, SIDE, dtype=torch.bool)
    mesh = sheet(0.5)
    assert len(culled(mesh, [(camera, full), (shifted, empty)]).faces) == len(mesh.faces)
    assert len(culled(mesh, [(camera, full), (away, empty)]).faces) == 0


def test_masks_are_grown_by_a_disk() -> None:
    mask = torch.zeros(400, 300, dtype=torch.bool)
    mask[200, 150] = True
    row, column = torch.nonzero(grown(mask), as_tuple=True)
    away = torch.hypot(row - 200.0, column - 150.0)
    assert 4 <= float(away.max()) < 4.5
    assert 40 < len(away) < 60
