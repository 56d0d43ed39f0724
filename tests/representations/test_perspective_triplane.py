"""A field that lies behind a photo."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from recon3d.encoders.perspective_lrm import DISTANCE, SLOPE, PerspectiveLrm
from recon3d.renderers.march import Config, March
from recon3d.representations.perspective_triplane import PerspectiveTriplane
from recon3d.representations.triplane import Decoder, DecoderConfig
from recon3d.types import Cameras

SIDE = 24


def viewpoint() -> Cameras:
    return PerspectiveLrm.viewpoint().resized(SIDE, SIDE)


def photo() -> Tensor:
    """A red square in the upper left, a half transparent green one in the lower right, both 0.6 thick."""
    picture = torch.zeros(5, SIDE, SIDE)
    picture[0, 3:9, 4:12] = picture[3, 3:9, 4:12] = 1
    picture[1, 14:20, 12:21] = picture[3, 14:20, 12:21] = 0.5
    picture[4] = 0.3 * (picture[3] > 0)
    return picture


def field(decoder: Decoder) -> PerspectiveTriplane:
    planes = torch.randn(3, 2, 6, 6, generator=torch.Generator().manual_seed(2))
    return PerspectiveTriplane(planes, photo(), decoder, 0.87, DISTANCE, SLOPE)


@pytest.fixture
def decoder() -> Decoder:
    torch.manual_seed(4)
    return Decoder(DecoderConfig(hidden=8, layers=2, density="sigmoid", densest=100.0, density_bias=0.0), 3 * 2 + 5)


def test_places_are_pixels_of_the_photo(decoder: Decoder) -> None:
    points = torch.rand(200, 3) * 1.6 - 0.8
    pixels, _ = viewpoint().project(points)
    places = field(decoder).places(points)
    torch.testing.assert_close((places[:, 1:] + 1) / 2 * SIDE, pixels[0], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(places[:, 0], points[:, 0] / 0.87)


@torch.no_grad()
def test_nothing_is_behind_the_transparent(decoder: Decoder) -> None:
    points = torch.rand(4000, 3) * 1.6 - 0.8
    density, _ = field(decoder).query(points)
    pixels, _ = viewpoint().project(points)
    columns, rows = (pixels[0] - 0.5).unbind(-1)
    far = (rows < 1.9) | (rows > 20.1) | (columns < 2.9) | (columns > 21.1)
    inside = (rows > 3) & (rows < 8) & (columns > 4) & (columns < 11)
    assert float(density[far].max()) == 0
    assert float(density[inside].min()) > 0


def test_the_photo_is_seen_from_where_it_was_taken(decoder: Decoder) -> None:
    """Its silhouette, that is: the colours are up to the decoder."""
    with torch.no_grad():
        alpha = March(Config("steps", 200))(field(decoder), viewpoint()).alpha[0]
    assert float((alpha - (photo()[3] > 0).float()).abs()[4:8, 5:11].max()) < 0.01
    assert float(alpha[:2].max()) == 0


@torch.no_grad()
def test_what_knows_nothing_shows_the_first_guess(decoder: Decoder) -> None:
    """As thick as guessed, in the photo's colours."""
    for parameter in decoder.layers[-1].parameters():
        parameter.zero_()
    middle = field(decoder)
    reach = (DISTANCE - 0.0) * SLOPE
    point = torch.tensor([0.0, (7.5 / SIDE * 2 - 1) * reach, -(5.5 / SIDE * 2 - 1) * reach])  # of the red square
    thickness = float(photo()[4, 5, 7])
    along = torch.stack([point + torch.tensor([x, 0.0, 0.0]) for x in (-0.6, 0.0, thickness)])
    along[:, 1:] *= (DISTANCE - along[:, :1]) / DISTANCE  # on the line of sight
    density, colour = middle.query(along)
    assert float(density[0]) < 2
    assert float(density[1]) > 90
    assert float(density[2]) == pytest.approx(50, rel=1e-4)  # half the densest
    torch.testing.assert_close(colour[1], torch.tensor([0.98, 0.02, 0.02]))


def test_gradients(decoder: Decoder) -> None:
    """Of densities and colours by planes and decoder, against differences."""
    decoder = decoder.double()
    points = torch.rand(40, 3, dtype=torch.float64) * 0.8 - 0.4
    start = field(decoder)
    planes = start.planes.double().requires_grad_()

    def answers(planes: Tensor) -> Tensor:
        density, colour = PerspectiveTriplane(planes, photo().double(), decoder, 0.87, DISTANCE, SLOPE).query(points)
        return torch.cat([density[:, None], colour], 1)

    assert torch.autograd.gradcheck(answers, (planes,), atol=1e-6, fast_mode=True)
    answers(planes)[:, 0].sum().backward()
    assert planes.grad is not None
    assert float(planes.grad.abs().max()) > 0
