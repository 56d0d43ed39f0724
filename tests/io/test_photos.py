"""Photos become views: exactly the file's values where nothing is to be done, exact means where something is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from recon3d.errors import BadInput
from recon3d.io import decoding
from recon3d.io.photos import Photo, PhotoCache, Photos
from recon3d.types import Cameras

FISHEYE = ("opencv_fisheye", [0.2, 0.3, -0.4, 0.1])
STRONG = ("opencv", [-0.9, 0.3, 0, 0, 0, 0, 0, 0])


def camera(
    width: int, height: int, focal: float = 100, lens: str = "pinhole", coefficients: list | None = None
) -> Cameras:
    intrinsics = torch.tensor([[[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]]], dtype=torch.float64)
    size = torch.tensor([width]), torch.tensor([height])
    distortion = None if coefficients is None else torch.tensor([coefficients], dtype=torch.float64)
    return Cameras(torch.eye(4, dtype=torch.float64)[None], intrinsics, *size, lens, distortion)


@pytest.fixture
def photo(tmp_path: Path):
    """A function that saves pixels (and a mask) and returns the photo of them."""

    def save(pixels: np.ndarray, mask: np.ndarray | None = None, is_object: bool = False, **lens) -> Photo:
        name = f"{len(list(tmp_path.iterdir()))}.png"
        Image.fromarray(pixels).save(tmp_path / name)
        height, width = pixels.shape[:2]
        if mask is None:
            return Photo(name, tmp_path / name, camera(width, height, **lens))
        Image.fromarray(mask).save(tmp_path / f"mask_{name}")
        return Photo(name, tmp_path / name, camera(width, height, **lens), tmp_path / f"mask_{name}", is_object)

    return save


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("channels", [3, 4])
def test_values_of_the_file_are_kept(photo, channels: int) -> None:
    pixels = noise(30, 40, channels)
    view = Photos([photo(pixels)])[0]
    values = torch.from_numpy(pixels).double() / 255
    if channels == 3:
        assert view.alpha is None
        assert torch.equal((view.images[0] * 255).round().byte(), torch.from_numpy(pixels))
        torch.testing.assert_close(view.images[0], values.float(), atol=0, rtol=0)
    else:
        assert torch.equal((view.alpha[0] * 255).round().byte(), torch.from_numpy(pixels[..., 3]))
        torch.testing.assert_close(view.images[0], (values[..., :3] * values[..., 3:]).float(), atol=1e-7, rtol=0)
    assert view.masks is None


@pytest.mark.parametrize("downscale", [2, 3, 7])
def test_downscaling_averages_blocks_and_drops_the_remainder(photo, downscale: int) -> None:
    pixels = noise(45, 64, 4)
    view = Photos([photo(pixels)], downscale)[0]
    height, width = 45 // downscale, 64 // downscale
    values = pixels[: height * downscale, : width * downscale].astype(float) / 255
    values[..., :3] *= values[..., 3:]
    means = values.reshape(height, downscale, width, downscale, 4).mean((1, 3))
    assert view.cameras.size == (width, height)
    assert np.abs(view.images[0].numpy() - means[..., :3]).max() < 0.51 / 65025 + 1e-6
    assert np.abs(view.alpha[0].numpy() - means[..., 3]).max() < 0.51 / 255
    torch.testing.assert_close(view.cameras.intrinsics[0, 0], torch.tensor([100, 0, 32.0]) / downscale)


def test_hidden_colours_do_not_bleed(photo) -> None:
    """Red hidden under alpha 0 beside opaque green: no view of any kind shows red."""
    pixels = np.zeros((40, 40, 4), dtype=np.uint8)
    pixels[:, :21] = [255, 0, 0, 0]
    pixels[:, 21:] = [0, 255, 0, 255]
    for lens in ({}, {"lens": "opencv", "coefficients": [0.1] + [0.0] * 7}):
        for downscale in (1, 2):
            view = Photos([photo(pixels, **lens)], downscale)[0]
            assert view.images[..., 0].max() == 0
            torch.testing.assert_close(view.images[..., 1], view.alpha, atol=2 / 255, rtol=0)


def test_object_masks_become_alpha_and_other_masks_stay_masks(photo) -> None:
    pixels, mask = noise(8, 8, 3), np.zeros((8, 8), dtype=np.uint8)
    mask[:, 3:] = 255
    as_object = Photos([photo(pixels, mask, is_object=True)], 2)[0]
    assert as_object.masks is None
    assert as_object.alpha[0, 0].tolist() == [0, pytest.approx(0.5, abs=0.01), 1, 1]
    ignoring = Photos([photo(pixels, mask)], 2)[0]
    assert ignoring.alpha is None
    assert ignoring.masks[0, 0].tolist() == [False, False, True, True]  # a pixel half ignored is ignored
    torch.testing.assert_close(ignoring.images, Photos([photo(pixels)], 2)[0].images)


@pytest.mark.parametrize("lens", [FISHEYE, STRONG])
def test_white_stays_white_wherever_it_counts(photo, lens: tuple[str, list[float]]) -> None:
    """Undistorting a white picture shows at once where anything else than the picture was sampled."""
    shot = photo(np.full((300, 400, 3), 255, np.uint8), focal=70.0, lens=lens[0], coefficients=lens[1])
    for downscale in (1, 4):
        view = Photos([shot], downscale)[0]
        masks = torch.ones_like(view.images[..., 0], dtype=torch.bool) if view.masks is None else view.masks
        assert masks.any()
        assert view.images[masks].min() == 1


def test_a_strong_fisheye_keeps_a_mask(photo) -> None:
    shot = photo(noise(300, 400, 3), focal=70.0, lens=STRONG[0], coefficients=STRONG[1])
    photos = Photos([shot])
    assert photos[0].masks is not None
    assert 0.2 < photos[0].masks.float().mean() < 0.95
    assert photos[0].masks[0].any(0)[[0, -1]].all()  # no empty column at the border
    assert photos[0].masks.shape[1:] == photos[0].images.shape[1:3]


def test_cameras_need_no_decoding(photo, monkeypatch: pytest.MonkeyPatch) -> None:
    shot = photo(noise(30, 40, 3), lens="opencv", coefficients=[0.1] + [0.0] * 7)
    monkeypatch.setattr(decoding, "read_image", pytest.fail)
    cameras = Photos([shot], 2).moved(torch.eye(4)).cameras
    assert cameras.lens == "pinhole"
    assert cameras.distortion is None
    assert cameras.world_from_camera.dtype == torch.float32


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The paths of all pictures that are decoded from now on."""
    paths: list[Path] = []
    read = decoding.read_image
    monkeypatch.setattr(decoding, "read_image", lambda path: paths.append(path) or read(path))
    return paths


def test_each_photo_is_decoded_once(photo, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = Photos([photo(noise(8, 8, 3)) for _ in range(5)])
    decoded = counted(monkeypatch)
    photos.check()
    moved = photos.moved(torch.eye(4))
    for i in range(5):
        assert torch.equal(photos[i].images, moved[i].images)
    assert len(decoded) == 5


def test_a_full_cache_decodes_again_and_gives_the_same(photo, monkeypatch: pytest.MonkeyPatch) -> None:
    shots = [photo(noise(8, 8, 4)) for _ in range(3)]
    photos, generous = Photos(shots, 2, PhotoCache(2 * 4 * 4 * 7)), Photos(shots, 2)
    generous.check()
    photos.check()
    decoded = counted(monkeypatch)
    for _ in range(2):
        for i in range(3):
            assert torch.equal(photos[i].images, generous[i].images)
    assert len(decoded) == 2


def test_a_view_may_be_changed_without_harm(photo) -> None:
    photos = Photos([photo(noise(8, 8, 3))])
    before = photos[0].images.clone()
    photos[0].images.zero_()
    assert torch.equal(photos[0].images, before)


def test_they_are_a_sequence(photo) -> None:
    photos = Photos([photo(noise(8, 8, 3)), photo(noise(8, 9, 3))])
    assert [view.images.shape for view in photos] == [(1, 8, 8, 3), (1, 8, 9, 3)]
    assert torch.equal(photos[-1].images, photos[1].images)
    assert photos[-1].cameras.size == (9, 8)
    with pytest.raises(IndexError):
        photos[2]
    assert len(Photos([])) == 0
    assert len(Photos([]).cameras) == 0


def test_check_names_the_broken_photo(photo) -> None:
    shots = [photo(noise(50, 50, 3)) for _ in range(4)]
    shots[2].path.write_bytes(shots[2].path.read_bytes()[:2000])
    photos = Photos(shots)
    with pytest.raises(BadInput, match=shots[2].name):
        photos.check()


def test_a_cached_view_is_not_decoded_again(photo) -> None:
    shot = photo(noise(40, 40, 4))
    photos = Photos([shot])
    photos.check()
    before = photos[0]
    shot.path.unlink()
    assert torch.equal(photos[0].images, before.images)
