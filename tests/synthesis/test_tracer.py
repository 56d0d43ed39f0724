"""Pictures against what is known in closed form: spheres, planes, half planes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip("embreex")

from recon3d.synthesis import foliage, shapes
from recon3d.synthesis.cameras import looking_at
from recon3d.synthesis.casting import Caster
from recon3d.synthesis.lighting import Baked, Light, Sun
from recon3d.synthesis.materials import Material, Texture
from recon3d.synthesis.model import Model, Part
from recon3d.synthesis.surface import Surface
from recon3d.synthesis.tracer import Tracer, pixel_offsets
from recon3d.types import Cameras

GREY = Texture(np.full((8, 8, 3), 0.5), np.zeros((8, 8)), 1.0)


class WhiteSky:
    def radiance(self, directions: np.ndarray) -> np.ndarray:
        return np.ones_like(directions)


def camera(centre: tuple[float, float, float], size: tuple[int, int] = (64, 48)) -> Cameras:
    return looking_at(np.array([centre]), np.zeros((1, 3)), size, 70.0)


def traced(surface: Surface, gloss: float = 0.0) -> Tracer:
    model = Model([Part(surface, Material(GREY, gloss))], lift=1e-3)
    count = len(model.vertices)
    light = Light(Sun.at(30.0, 60.0, np.full(3, 2.0), 0.02), WhiteSky())
    return Tracer(model, light, Baked(np.zeros(count), np.full((count, 3), np.pi)))


def wall(half: float, at: float = 0.0) -> Surface:
    """The square |y|, |z| < half in the plane x = at, facing +x."""
    y, z = np.meshgrid([-half, half], [-half, half], indexing="xy")
    return shapes.grid(np.stack([np.full_like(y, at), y, z], -1))


def test_depth_of_a_plane_is_its_distance_along_z() -> None:
    view = camera((3.0, 0.0, 0.0))
    depth = traced(wall(10.0, at=-0.5)).geometry(view).depth
    np.testing.assert_allclose(depth, 3.5, atol=1e-6)


def test_depth_of_a_sphere() -> None:
    view = camera((2.0, -1.5, 1.0))
    depth = torch.from_numpy(traced(shapes.sphere(0.8, 0.01)).geometry(view).depth)
    origins, directions = view.rays()
    a, b = (directions**2).sum(-1), (directions * origins).sum(-1)
    discriminant = b**2 - a * ((origins**2).sum(-1) - 0.8**2)
    exact = torch.where(discriminant > 0, (-b - discriminant.clamp_min(0).sqrt()) / a, torch.zeros(()))[0]
    inside = discriminant[0] > 0.05
    assert inside.sum() > 200
    assert (depth - exact)[inside].abs().max() < 2e-4  # the facets' sagitta
    assert (depth[discriminant[0] < -0.02] == 0).all()


def test_hits_project_to_the_pixels_they_came_from() -> None:
    view = camera((1.5, 2.0, 1.2))
    depth = torch.from_numpy(traced(shapes.sphere(0.8, 0.05)).geometry(view).depth)
    origins, directions = view.rays()
    row, column = torch.nonzero(depth > 0, as_tuple=True)
    points = (origins[0] + depth[..., None] * directions[0])[row, column]
    pixels, depths = view.project(points)
    torch.testing.assert_close(pixels[0], torch.stack([column, row], -1).double() + 0.5, atol=1e-6, rtol=0)
    torch.testing.assert_close(depths[0], depth[row, column], atol=1e-9, rtol=0)


@pytest.mark.parametrize("flipped", [False, True])
def test_normals_are_unit_and_face_the_camera(flipped: bool) -> None:
    view = camera((2.0, 1.0, 1.0))
    ball = shapes.sphere(0.8, 0.05)
    geometry = traced(ball.flipped() if flipped else ball).geometry(view)
    there = geometry.depth > 0
    np.testing.assert_allclose(np.linalg.norm(geometry.normals[there], axis=-1), 1, atol=1e-9)
    assert ((geometry.normals * view.rays()[1][0].numpy()).sum(-1)[there] < 0).all()
    assert (geometry.normals[~there] == 0).all()


def test_alpha_of_a_half_plane_is_the_share_it_covers() -> None:
    """The edge y = 0 of a large sheet crosses the picture upright, a third of the way through a column of pixels."""
    sheet = wall(50.0).at(0, 50.0, 0)
    view = camera((7.0, 0.0, 0.0))
    view.intrinsics[:, 0, 2] += 1 / 3  # the edge is seen at x = 32 + 1/3; the sheet is to its right
    alpha = traced(sheet).picture(view, samples=48).alpha
    assert (alpha >= 0).all()
    assert (alpha <= 1).all()
    np.testing.assert_allclose(alpha[:, 32], 2 / 3, atol=0.02)
    assert (alpha[:, :32] == 0).all()
    assert (alpha[:, 33:] == 1).all()


def test_colour_is_premultiplied_and_mean_light_is_exact() -> None:
    """Under an irradiance of pi a grey of 0.5 sends 0.5 in every direction."""
    picture = traced(shapes.sphere(0.8, 0.05)).picture(camera((2.5, 0.0, 0.5)))
    np.testing.assert_allclose(picture.colour, 0.5 * picture.alpha[..., None] * np.ones(3), atol=1e-4)
    assert 0.1 < picture.alpha.mean() < 0.9


def test_the_same_seed_gives_the_same_bytes() -> None:
    pictures = []
    for seed in (5, 5, 6):
        leaves = foliage.leaves(*foliage.in_ball(200, (1.0, 1.0, 1.0), 0.5, seed), (0.3, 0.1), seed)
        pictures.append(traced(leaves, 0.1).picture(camera((2.0, 1.0, 1.0))).colour.tobytes())
    assert pictures[0] == pictures[1] != pictures[2]


def test_samples_share_no_row_and_no_column() -> None:
    x, y = np.array(pixel_offsets(16)).T
    assert len(set(np.floor(16 * x))) == 16
    assert len(set(np.round(y, 9))) == 16
    assert (np.concatenate([x, y]) > 0).all()
    assert (np.concatenate([x, y]) < 1).all()


def test_distances_count_lengths_of_the_direction() -> None:
    caster = Caster(wall(10.0).vertices, wall(10.0).faces)
    origins, directions = np.array([[5.0, 0.1, 0.2], [5.0, 0.1, 0.2]]), np.array([[-2.0, 0, 0], [2.0, 0, 0]])
    hits = caster.first_hits(origins, directions)
    assert hits.distances[0] == pytest.approx(2.5)
    assert hits.faces[1] == -1
    np.testing.assert_array_equal(caster.blocked(origins, directions), [True, False])
    corners = wall(10.0).vertices[wall(10.0).faces[hits.faces[0]]]
    np.testing.assert_allclose(hits.weights[0] @ corners, [0, 0.1, 0.2], atol=1e-9)
