"""Photos of one object: found, cut out and centred; and refused where there is none."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from recon3d.encoders.photo.cutout import cut_out
from recon3d.encoders.photo.framing import framed
from recon3d.errors import BadInput
from recon3d.types import Cameras

HEIGHT, WIDTH = 150, 200


def disc(radius: float, centre: tuple[float, float] = (90.0, 70.0)) -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.hypot(x - centre[0], y - centre[1]) < radius


def photo(background: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """A striped object over the background."""
    stripes = np.where((np.arange(WIDTH) // 6 % 2 == 0)[None, :, None], [200, 30, 40], [240, 220, 60])
    return np.where(inside[..., None], stripes, background).astype(np.uint8)


def overlap(alpha: np.ndarray, inside: np.ndarray) -> float:
    """Intersection over union."""
    return float(((alpha > 0.5) & inside).sum() / ((alpha > 0.5) | inside).sum())


def gradient() -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([180 + x / 4, 190 + y / 5, 200 + (x + y) / 10], -1)


def noisy() -> np.ndarray:
    return 128 + 25 * np.random.default_rng(0).standard_normal((HEIGHT, WIDTH, 3)).clip(-3, 3)


def busy() -> np.ndarray:
    squares = (np.mgrid[:HEIGHT, :WIDTH] // 15).sum(0) % 2
    return np.where(squares[..., None] == 0, [20, 60, 90], [90, 150, 120])


@pytest.mark.parametrize(
    ("background", "way"),
    [
        (np.full((HEIGHT, WIDTH, 3), 255), "smooth"),
        (np.full((HEIGHT, WIDTH, 3), 10), "smooth"),
        (gradient(), "smooth"),
        (noisy(), "border"),
        (busy(), "border"),
    ],
    ids=["white", "black", "gradient", "noisy", "busy"],
)
def test_objects_are_found_on_any_background(background: np.ndarray, way: str) -> None:
    inside = disc(45)
    alpha, how = cut_out(photo(background, inside), "photo")
    assert alpha.shape == inside.shape
    assert 0 <= alpha.min() <= alpha.max() <= 1
    assert way in how
    assert overlap(alpha, inside) > 0.93


def test_what_the_object_encloses_belongs_to_it() -> None:
    """A white label on a thing photographed on white."""
    picture = photo(np.full((HEIGHT, WIDTH, 3), 255), disc(45) & ~disc(12))
    alpha, _ = cut_out(picture, "photo")
    assert overlap(alpha, disc(45)) > 0.95


def test_transparency_is_taken_as_it_is() -> None:
    straight = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    straight[..., 3] = np.where(disc(30), 128, 0)
    alpha, how = cut_out(straight, "photo")
    np.testing.assert_array_equal(alpha, straight[..., 3].astype(np.float32) / 255)
    assert how == "by its own transparency"


def test_an_opaque_alpha_channel_says_nothing() -> None:
    inside = disc(45)
    opaque = np.dstack([photo(gradient(), inside), np.full((HEIGHT, WIDTH), 255, np.uint8)])
    alpha, how = cut_out(opaque, "photo")
    assert "smooth" in how
    assert overlap(alpha, inside) > 0.93


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (np.zeros((1, 1, 3), np.uint8), "is only 1x1 pixels"),
        (np.full((HEIGHT, WIDTH, 3), 90, np.uint8), "shows no object"),
        (np.zeros((HEIGHT, WIDTH, 4), np.uint8), "shows no object"),
        (np.dstack([np.zeros((40, 40, 3), np.uint8), np.full((40, 40), 254, np.uint8)]), "shows no background"),
    ],
    ids=["one pixel", "one colour", "fully transparent", "full frame"],
)
def test_photos_without_an_object_are_refused(picture: np.ndarray, said: str) -> None:
    with pytest.raises(BadInput, match=rf"^some\.png: {said}"):
        cut_out(picture, "some.png")


def camera() -> Cameras:
    lens = torch.tensor([[1.2, 0, 0.5], [0, 1.2, 0.5], [0, 0, 1]])
    return Cameras(torch.eye(4)[None], lens[None], torch.tensor([1]), torch.tensor([1]))


def test_the_object_is_centred_at_a_known_share() -> None:
    inside = np.zeros((HEIGHT, WIDTH), np.float32)
    inside[20:60, 100:180] = 1  # 80 wide, 40 high
    view = framed(photo(gradient(), inside > 0), inside, camera(), share=0.8)
    assert view.images.shape == (1, 100, 100, 3)
    assert view.cameras.size == (100, 100)
    assert view.alpha is not None
    assert view.alpha[0, 30:70, 10:90].min() == 1
    assert float(view.alpha.sum()) == 80 * 40
    np.testing.assert_allclose(view.cameras.intrinsics[0].numpy(), [[120, 0, 50], [0, 120, 50], [0, 0, 1]])


def test_colours_are_premultiplied() -> None:
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[50:90, 50:90] = 0.5
    view = framed(np.full((HEIGHT, WIDTH, 3), 200, np.uint8), alpha, camera())
    assert float(view.images.max()) == pytest.approx(0.5 * 200 / 255, abs=1e-6)
