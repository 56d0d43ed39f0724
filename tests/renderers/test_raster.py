"""Pictures of meshes whose pictures are known."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
import trimesh
from torch import Tensor

from recon3d.geometry.transforms import looking_at
from recon3d.renderers.raster import Config, Raster
from recon3d.types import Cameras, Mesh

RADIUS = 0.6


def cameras_at(*centres: tuple[float, float, float], size: int = 48, focal: float = 60.0) -> Cameras:
    places = [looking_at(torch.tensor(c), torch.zeros(3), torch.tensor([0.0, 0.0, 1.0])) for c in centres]
    intrinsics = torch.tensor([[focal, 0, size / 2], [0, focal, size / 2], [0, 0, 1]])
    sizes = torch.full((len(centres),), size)
    return Cameras(torch.stack(places), intrinsics.expand(len(centres), 3, 3), sizes, sizes)


def ball() -> Mesh:
    solid = trimesh.creation.icosphere(5, RADIUS)
    return Mesh(torch.from_numpy(solid.vertices).float(), torch.from_numpy(solid.faces.copy()))


def square(**looks: Tensor) -> Mesh:
    """In the plane x = 0, seen from +x: u goes to the right (+y), v up (+z)."""
    vertices = torch.tensor([[0, -0.5, -0.5], [0, 0.5, -0.5], [0, 0.5, 0.5], [0, -0.5, 0.5]])
    uv = torch.tensor([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    return Mesh(vertices, torch.tensor([[0, 1, 2], [0, 2, 3]]), uv=uv, **looks)


def test_a_ball_is_round_and_as_far_away_as_it_is() -> None:
    camera = cameras_at((2.0, 0, 0))
    seen = Raster(Config(supersample=4))(ball(), camera, depth=True)
    origins, directions = camera.rays()
    along = directions / directions.norm(dim=-1, keepdim=True)
    middle = -(origins * along).sum(-1)  # distance at which a ray is nearest to the ball's middle
    square_off = 2.0**2 - middle**2
    off = square_off.clamp_min(0).sqrt()
    inside, outside = off < RADIUS - 0.03, off > RADIUS + 0.03
    assert torch.all(seen.alpha[inside] == 1)
    assert torch.all(seen.alpha[outside] == 0)
    distance = middle - (RADIUS**2 - square_off).clamp_min(0).sqrt()
    assert seen.depth is not None
    torch.testing.assert_close(seen.depth[inside], (distance / directions.norm(dim=-1))[inside], atol=4e-3, rtol=0)
    covered = math.pi * (60 * math.tan(math.asin(RADIUS / 2))) ** 2
    assert float(seen.alpha.sum()) == pytest.approx(covered, rel=2e-3)


def test_colours_of_vertices_blend_in_space() -> None:
    """A square seen at a slant, whose colour says where on it one is."""
    mesh = dataclasses.replace(square(), colours=square().vertices + 0.5)
    camera = cameras_at((0.5, 0.9, 0.3))
    seen = Raster(Config(supersample=1))(mesh, camera, depth=True)
    assert seen.depth is not None
    origins, directions = camera.rays()
    places = origins + seen.depth[..., None] * directions
    solid = seen.alpha == 1
    assert solid.sum() > 300
    torch.testing.assert_close(seen.colour[solid], places[solid] + 0.5, atol=1e-5, rtol=0)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_textures_are_the_right_way_up(side: float) -> None:
    """Four quarters of different colours, from the front and from behind, where left and right change places."""
    texture = torch.zeros(2, 2, 3, dtype=torch.uint8)
    texture[0, 0], texture[0, 1] = torch.tensor([255, 0, 0]), torch.tensor([0, 255, 0])
    texture[1, 0], texture[1, 1] = torch.tensor([0, 0, 255]), torch.tensor([255, 255, 255])
    seen = Raster(Config())(square(texture=texture), cameras_at((side, 0, 0)))
    corners = seen.colour[0, [10, 10, 37, 37], [10, 37, 10, 37]].round()
    upper, lower = [[1, 0, 0], [0, 1, 0]], [[0, 0, 1], [1, 1, 1]]
    if side < 0:
        upper, lower = upper[::-1], lower[::-1]
    assert corners.tolist() == upper + lower


def test_textures_are_bilinear_and_end_at_their_sides() -> None:
    texture = torch.zeros(1, 4, 3, dtype=torch.uint8)
    texture[0, :, 0] = torch.tensor([0, 50, 100, 200])
    mesh = square(texture=texture)
    assert mesh.uv is not None
    stretched = dataclasses.replace(mesh, uv=mesh.uv * 1.5 - 0.25)
    seen = Raster(Config(supersample=1))(stretched, cameras_at((1.0, 0, 0), size=64, focal=60.0))
    row = seen.colour[0, 32, 2:62, 0] * 255  # the square is 60 pixels wide
    texel = ((torch.arange(60) + 0.5) / 60 * 1.5 - 0.25) * 4 - 0.5
    low = texel.floor().clamp(0, 2).long()
    between = (texel - low).clamp(0, 1)
    values = texture[0, :, 0].float()
    torch.testing.assert_close(row, values[low] * (1 - between) + values[low + 1] * between, atol=1e-2, rtol=0)


def test_bare_faces_are_light_where_they_face_the_camera() -> None:
    seen = Raster(Config())(ball(), cameras_at((2.0, 0, 0)))
    row = seen.colour[0, 24, :, 0]
    assert float(row[24]) > 0.99
    assert torch.all(row[24:40].diff() < 0)
    assert torch.equal(seen.colour[..., 0], seen.colour[..., 2])


def test_supersampling_is_the_mean_of_samples() -> None:
    camera = cameras_at((1.0, 0.7, 0.3), (0.2, 0.2, 1.4))
    mesh = dataclasses.replace(square(), colours=square().vertices + 0.5)
    fine = Raster(Config(supersample=1))(mesh, camera.resized(144, 144), depth=True)
    seen = Raster(Config(supersample=3))(mesh, camera, depth=True)

    def mean(samples: Tensor) -> Tensor:
        return samples.unflatten(1, (48, 3)).unflatten(3, (48, 3)).mean((2, 4))

    torch.testing.assert_close(seen.colour, mean(fine.colour))
    torch.testing.assert_close(seen.alpha, mean(fine.alpha))
    assert fine.depth is not None
    assert seen.depth is not None
    torch.testing.assert_close(seen.depth * seen.alpha, mean(fine.depth))
    rim = (seen.alpha > 0) & (seen.alpha < 1)
    assert rim.sum() > 50


def test_no_faces_are_an_empty_picture() -> None:
    mesh = dataclasses.replace(square(), faces=torch.zeros(0, 3, dtype=torch.long), colours=torch.rand(4, 3))
    seen = Raster(Config())(mesh, cameras_at((1.0, 0, 0)))
    assert float(seen.alpha.abs().sum() + seen.colour.abs().sum()) == 0


def test_other_lenses_are_refused() -> None:
    camera = dataclasses.replace(cameras_at((1.0, 0, 0)), lens="fisheye")
    with pytest.raises(ValueError, match="pinhole"):
        Raster(Config())(square(), camera)
