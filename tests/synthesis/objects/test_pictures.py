"""Pictures against ray casting, and depth and normals against the surface itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip("embreex")

from recon3d.synthesis.casting import Caster
from recon3d.synthesis.objects.framing import cameras_at
from recon3d.synthesis.objects.making import procedural_object
from recon3d.synthesis.objects.pictures import photographed, pictures
from recon3d.types import Mesh

ANGLES = np.array([[0.0, 0.0], [100.0, 35.0], [230.0, -20.0]])


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return procedural_object(3).moved(torch.diag(torch.tensor([0.6, 0.6, 0.6, 1.0])))


def cast(mesh: Mesh, origins: torch.Tensor, directions: torch.Tensor):
    caster = Caster(mesh.vertices.numpy(), mesh.faces.numpy())
    return caster.first_hits(origins.reshape(-1, 3).double().numpy(), directions.reshape(-1, 3).double().numpy())


def test_depth_and_normals_are_those_of_the_first_face_a_ray_meets(mesh: Mesh) -> None:
    cameras = cameras_at(ANGLES, 48)
    seen = pictures(mesh, cameras)
    hits = cast(mesh, *cameras.rays())
    there = torch.from_numpy(hits.faces >= 0).view(seen.depth.shape)
    assert ((seen.depth > 0) == there).float().mean() > 0.999
    both = there & (seen.depth > 0)
    expected = torch.from_numpy(hits.distances).view(seen.depth.shape)[both]
    assert (seen.depth[both] - expected).abs().quantile(0.99) < 1e-4
    corners = mesh.vertices[mesh.faces[torch.from_numpy(hits.faces).view(there.shape)[both]]].double()
    normals = torch.nn.functional.normalize(
        torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), dim=-1
    )
    assert (seen.normals[both].double() * normals).sum(-1).abs().quantile(0.02) > 0.999


def test_depth_leads_back_to_the_surface_and_normals_look_at_the_camera(mesh: Mesh) -> None:
    cameras = cameras_at(ANGLES, 48)
    seen = pictures(mesh, cameras)
    origins, directions = cameras.rays()
    there = seen.depth > 0
    points = (origins + seen.depth[..., None] * directions)[there]
    # The nearest vertex is within an edge, and the plane of its faces goes through the point.
    distance = torch.cdist(points[::7], mesh.vertices).amin(-1)
    assert distance.max() < 0.06
    np.testing.assert_allclose(seen.normals[there].norm(dim=-1), 1, atol=1e-5)
    assert (seen.normals[there] * directions[there]).sum(-1).max() <= 1e-6
    assert not seen.normals[~there].any()


def test_alpha_is_the_share_of_rays_that_meet_the_mesh(mesh: Mesh) -> None:
    cameras = cameras_at(ANGLES, 40)
    alpha = photographed(mesh, cameras).alpha
    assert alpha is not None
    hits = cast(mesh, *cameras.resized(80, 80).rays())
    share = torch.from_numpy(hits.faces >= 0).float().view(3, 40, 2, 40, 2).mean((2, 4))
    assert ((alpha - share).abs() < 1e-6).float().mean() > 0.998
    assert 0.02 < float(alpha.mean()) < 0.9


def test_the_depth_of_a_view_is_the_mean_of_what_its_pixels_show(mesh: Mesh) -> None:
    cameras = cameras_at(ANGLES, 40)
    views = photographed(mesh, cameras)
    hits = cast(mesh, *cameras.resized(80, 80).rays())
    there = torch.from_numpy(hits.faces >= 0)
    distances = torch.where(there, torch.from_numpy(hits.distances).float(), 0.0)
    sums = [values.float().view(3, 40, 2, 40, 2).sum((2, 4)) for values in (distances, there)]
    assert views.depth is not None
    assert ((views.depth - sums[0] / sums[1].clamp_min(1)).abs() < 1e-3).float().mean() > 0.995


def test_colours_are_those_of_the_vertices_and_premultiplied(mesh: Mesh) -> None:
    assert mesh.colours is not None
    red = Mesh(mesh.vertices, mesh.faces, torch.tensor([0.8, 0.2, 0.1]).expand_as(mesh.vertices).contiguous())
    views = photographed(red, cameras_at(ANGLES, 40))
    assert views.alpha is not None
    torch.testing.assert_close(views.images, views.alpha[..., None] * torch.tensor([0.8, 0.2, 0.1]), atol=1e-5, rtol=0)
    position = Mesh(mesh.vertices, mesh.faces, (mesh.vertices + 1) / 2)
    cameras = cameras_at(ANGLES, 40)
    seen = pictures(position, cameras)
    origins, directions = cameras.rays()
    full = (seen.alpha == 1) & (seen.depth > 0)
    points = (origins + seen.depth[..., None] * directions)[full]
    # Four samples around the centre of a pixel have the mean colour of the centre, but at creases.
    assert ((points + 1) / 2 - seen.colour[full]).abs().max(-1).values.quantile(0.9) < 0.02


def test_what_cannot_be_drawn_is_refused(mesh: Mesh) -> None:
    with pytest.raises(ValueError, match="colours"):
        photographed(Mesh(mesh.vertices, mesh.faces), cameras_at(ANGLES, 8))
