"""Colours on a surface: every texel and every vertex shows what the field, or the photo, shows at its place."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch
import trimesh
from torch import Tensor

from recon3d.encoders.triposr import TripoSR
from recon3d.geometry.transforms import looking_at
from recon3d.geometry.triangles import vertex_normals
from recon3d.meshing.painting import blended
from recon3d.meshing.photo_projection import PhotoProjection
from recon3d.meshing.texture import Config as TextureConfig
from recon3d.meshing.texture import Texture, spread
from recon3d.meshing.vertex_colours import Config as VertexColoursConfig
from recon3d.meshing.vertex_colours import VertexColours
from recon3d.renderers.raster import Config as RasterConfig
from recon3d.renderers.raster import Raster
from recon3d.types import Cameras, Mesh, Views


@dataclass(frozen=True)
class Rainbow:
    """Colours that change slowly with the place."""

    half_size: float = 1.0

    def query(self, points: Tensor, directions: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return torch.ones_like(points[:, 0]), 0.5 + 0.4 * torch.sin(2 * points)


class Grey(Rainbow):
    def query(self, points: Tensor, directions: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return torch.ones_like(points[:, 0]), torch.full_like(points, 0.5)


def ball(radius: float = 0.5, centre: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Mesh:
    solid = trimesh.creation.icosphere(4, radius)
    return Mesh(torch.from_numpy(np.array(solid.vertices) + centre).float(), torch.from_numpy(np.array(solid.faces)))


def photo_of(mesh: Mesh, side: int = 400) -> Views:
    """What the camera of photos sees of the mesh in the field's true colours."""
    camera = TripoSR.viewpoint().resized(side, side)
    seen = Raster(RasterConfig(supersample=2))(
        dataclasses.replace(mesh, colours=Rainbow().query(mesh.vertices)[1]), camera
    )
    return Views(camera, seen.colour, seen.alpha)


def shown_at(mesh: Mesh, faces: Tensor) -> Tensor:
    """What the texture shows in the middle of faces, looked up as any viewer would."""
    assert mesh.texture is not None
    assert mesh.uv is not None
    side = len(mesh.texture)
    places = mesh.uv[mesh.faces[faces]].mean(1)
    rows, columns = ((1 - places[:, 1]) * side).long(), (places[:, 0] * side).long()
    return mesh.texture[rows, columns].float() / 255


def test_texels_show_what_the_field_shows(two_balls: Mesh) -> None:
    painted = Texture(TextureConfig(size=256, points_at_once=1000))(two_balls, Rainbow())
    assert painted.texture is not None
    assert painted.uv is not None
    assert painted.texture.shape == (256, 256, 3)
    assert 0 <= float(painted.uv.min()) <= float(painted.uv.max()) <= 1
    torch.testing.assert_close(painted.vertices[painted.faces], two_balls.vertices[two_balls.faces])
    expected = Rainbow().query(painted.vertices[painted.faces].mean(1))[1]
    off = (shown_at(painted, torch.arange(len(painted.faces))) - expected).abs()
    assert float(off.quantile(0.99)) < 0.04
    assert float(off.max()) < 0.1


def test_pictures_show_no_seams() -> None:
    """Painted and drawn again, the ball looks as it does in the field's own colours, across the borders of charts."""
    mesh = ball()
    painted = Texture(TextureConfig(size=512))(mesh, Rainbow())
    places = [
        looking_at(torch.tensor(c), torch.zeros(3), torch.tensor([0.0, 0, 1])) for c in ((1.9, 0, 0), (-1, 1, 1.0))
    ]
    one = TripoSR.viewpoint().resized(120, 120)
    cameras = Cameras.stack([dataclasses.replace(one, world_from_camera=place[None]) for place in places])
    true = Raster(RasterConfig())(dataclasses.replace(mesh, colours=Rainbow().query(mesh.vertices)[1]), cameras)
    seen = Raster(RasterConfig())(painted, cameras)
    assert float((seen.colour - true.colour).abs().max()) < 0.02


def test_vertices_show_what_the_field_shows(two_balls: Mesh) -> None:
    painted = VertexColours(VertexColoursConfig(points_at_once=100))(two_balls, Rainbow())
    assert painted.colours is not None
    torch.testing.assert_close(painted.colours, Rainbow().query(two_balls.vertices)[1])


def test_unpainted_texels_show_their_nearest_neighbour() -> None:
    picture, painted = np.zeros((5, 9, 3), np.float32), np.zeros((5, 9), bool)
    painted[2, 1] = painted[1, 7] = True
    picture[2, 1], picture[1, 7] = (1, 0, 0), (0, 0.5, 1)
    colours = spread(picture, painted)
    assert np.array_equal(colours[:, :3], np.broadcast_to([255, 0, 0], (5, 3, 3)))
    assert np.array_equal(colours[:, 6:], np.broadcast_to([0, 128, 255], (5, 3, 3)))
    assert not spread(np.zeros_like(picture), painted & False).any()


@pytest.mark.parametrize("textured", [True, False])
def test_a_photo_is_cast_on_what_it_shows(textured: bool) -> None:
    """The field knows no colours, so whatever is colourful comes of the photo, and it has to be right."""
    mesh = ball()
    paint = Texture(TextureConfig(size=512)) if textured else VertexColours(VertexColoursConfig())
    painted = paint(mesh, Grey(), photo_of(mesh))
    if textured:
        colours, places = shown_at(painted, torch.arange(len(mesh.faces))), mesh.vertices[mesh.faces].mean(1)
    else:
        assert painted.colours is not None
        colours, places = painted.colours, mesh.vertices
    towards = torch.nn.functional.normalize(TripoSR.viewpoint().centres[0] - places, dim=-1)
    cosines = (torch.nn.functional.normalize(places, dim=-1) * towards).sum(-1)
    true = Rainbow().query(places)[1]
    front, back = cosines > 0.6, cosines < 0.1
    assert front.sum() > 0.1 * len(front)
    assert float((colours[front] - true[front]).abs().max()) < 0.04
    assert float((colours[back] - 0.5).abs().max()) < 0.01
    rim = ~front & ~back  # between the two, and never beyond them
    share = ((colours - 0.5) * (true - 0.5)).sum(-1) / (true - 0.5).square().sum(-1)
    assert float(share[rim].min()) > -0.05
    assert float(share[rim].max()) < 1.05


def test_the_photo_fades_out_without_a_step() -> None:
    mesh = ball()
    painted = VertexColours(VertexColoursConfig())(mesh, Grey(), photo_of(mesh))
    assert painted.colours is not None
    steps = (painted.colours[mesh.faces] - painted.colours[mesh.faces.roll(1, 1)]).abs().amax((1, 2))
    lengths = (mesh.vertices[mesh.faces] - mesh.vertices[mesh.faces.roll(1, 1)]).norm(dim=-1).amax(1)
    assert float((steps / lengths).max()) < 4  # per unit; the ball's radius is 0.5


def test_a_photo_that_agrees_with_the_field_changes_nothing() -> None:
    mesh = ball()
    with_photo, without = (
        VertexColours(VertexColoursConfig(photo=photo))(mesh, Rainbow(), photo_of(mesh)).colours
        for photo in (True, False)
    )
    assert with_photo is not None
    assert without is not None
    assert torch.equal(without, Rainbow().query(mesh.vertices)[1])
    assert 0 < float((with_photo - without).abs().max()) < 0.03


def test_hidden_surfaces_do_not_show_what_hides_them() -> None:
    """A small ball before a large one: its picture is not cast on the large one, nor on its own far side."""
    near, far = ball(0.15, (0.6, 0.0, 0.0)), ball(0.5, (-0.2, 0.0, 0.0))
    both = Mesh(torch.cat([near.vertices, far.vertices]), torch.cat([near.faces, far.faces + len(near.vertices)]))
    view = photo_of(both)
    trust = PhotoProjection(both, view)(both.vertices, vertex_normals(both.vertices, both.faces)).trust
    centre = TripoSR.viewpoint().centres[0]
    directions = torch.nn.functional.normalize(both.vertices - centre, dim=-1)
    off_axis = torch.rad2deg(torch.acos((directions * torch.tensor([-1.0, 0, 0])).sum(-1).clamp(-1, 1)))
    edge = math.degrees(math.asin(0.15 / (1.9 - 0.6)))
    behind = (torch.arange(len(trust)) >= len(near.vertices)) & (off_axis < edge)
    assert behind.sum() > 20
    assert float(trust[behind].max()) < 2e-3
    beside = (torch.arange(len(trust)) >= len(near.vertices)) & (off_axis > edge + 2) & (both.vertices[:, 0] > 0.12)
    assert beside.sum() > 20
    assert float(trust[beside].min()) > 0.9


def test_what_the_photo_does_not_cover_is_left_alone() -> None:
    """Where the mesh is larger than its picture, and where the picture is half transparent."""
    mesh = ball()
    view = photo_of(ball(0.35))
    painted = VertexColours(VertexColoursConfig())(mesh, Grey(), view)
    assert painted.colours is not None
    off_axis = mesh.vertices[:, 1:].norm(dim=-1)
    assert float((painted.colours[off_axis > 0.37] - 0.5).abs().max()) < 0.01
    assert float((painted.colours[(off_axis < 0.2) & (mesh.vertices[:, 0] > 0)] - 0.5).abs().amax(1).min()) > 0.05
    assert view.alpha is not None
    faint = dataclasses.replace(view, images=view.images / 2, alpha=view.alpha / 2)
    colours = VertexColours(VertexColoursConfig())(mesh, Grey(), faint).colours
    assert colours is not None
    assert float((colours - 0.5).abs().max()) < 1e-6


def photos_from_around(mesh: Mesh, count: int = 10) -> Views:
    """In the field's true colours."""
    directions = trimesh.creation.icosphere(1).vertices[:count]
    up = torch.tensor([0.0, 0.0, 1.0])
    one = TripoSR.viewpoint().resized(200, 200)
    places = [looking_at(1.9 * torch.tensor(d).float(), torch.zeros(3), up) for d in directions]
    cameras = Cameras.stack([dataclasses.replace(one, world_from_camera=place[None]) for place in places])
    seen = Raster(RasterConfig())(dataclasses.replace(mesh, colours=Rainbow().query(mesh.vertices)[1]), cameras)
    return Views(cameras, seen.colour, seen.alpha)


@pytest.mark.parametrize("textured", [True, False])
def test_many_photos_show_all_sides_without_a_field(textured: bool) -> None:
    mesh = ball()
    paint = Texture(TextureConfig(size=512)) if textured else VertexColours(VertexColoursConfig())
    painted = paint(mesh, None, photos_from_around(mesh, 42))
    if textured:
        colours, places = shown_at(painted, torch.arange(len(mesh.faces))), mesh.vertices[mesh.faces].mean(1)
    else:
        assert painted.colours is not None
        colours, places = painted.colours, mesh.vertices
    assert float((colours - Rainbow().query(places)[1]).abs().max()) < 0.04


def test_photos_that_face_a_surface_count_most() -> None:
    """Two cameras, one of which sees the point head-on: its picture is red, the other's blue."""
    mesh = ball()
    views = photos_from_around(mesh, 12)
    towards = torch.nn.functional.normalize(views.cameras.centres, dim=-1)
    tints = torch.nn.functional.one_hot(torch.arange(len(views)) % 3, 3).float()
    tinted = dataclasses.replace(views, images=views.alpha[..., None] * tints[:, None, None, :])
    colours, trust = blended(mesh, tinted, 0.5 * towards, towards)
    assert float(trust.min()) > 0.99
    for colour, tint in zip(colours, tints, strict=True):
        assert float(colour @ tint) > 0.8


def test_what_no_photo_shows_takes_the_nearest_colour() -> None:
    mesh = ball()
    views = photos_from_around(mesh, 42)
    front = [i for i, centre in enumerate(views.cameras.centres) if centre[2] > 1.8]
    colours = VertexColours(VertexColoursConfig())(mesh, None, views[front]).colours
    assert colours is not None
    seen = mesh.vertices[:, 2] > 0.3
    true = Rainbow().query(mesh.vertices)[1]
    assert float((colours[seen] - true[seen]).abs().max()) < 0.04
    rim = (mesh.vertices[:, 2] < -0.2) & (mesh.vertices[:, 2] > -0.3)
    assert float((colours[rim] - true[rim]).abs().max()) < 0.8
    assert len(colours[~seen].unique(dim=0)) > 10
    nothing = VertexColours(VertexColoursConfig())(mesh, None, None).colours
    assert nothing is not None
    assert bool((nothing == 0.5).all())


def test_masked_pixels_lend_no_colour() -> None:
    mesh = ball()
    views = photos_from_around(mesh, 42)
    assert views.alpha is not None
    masks = torch.ones_like(views.alpha, dtype=torch.bool)
    masks[:, :, 100:] = False
    spoilt = torch.where(masks[..., None], views.images, torch.tensor([1.0, 0.0, 1.0]))
    colours = VertexColours(VertexColoursConfig())(mesh, None, Views(views.cameras, spoilt, views.alpha, masks)).colours
    assert colours is not None
    off = (colours - Rainbow().query(mesh.vertices)[1]).abs().amax(-1)
    assert float(off.mean()) < 0.01
    assert float((off > 0.06).float().mean()) < 0.01  # where only pixels at the masks' borders show anything
