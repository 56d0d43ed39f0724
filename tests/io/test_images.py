"""Pictures come in as 8-bit RGB or RGBA with the file's own values, and go out the same."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from recon3d.errors import BadInput, Missing
from recon3d.io.images import image_size, read_header, read_image, read_mask, write_image, write_video

RAMP = np.arange(12 * 7, dtype=np.uint8).reshape(7, 12) * 3


@given(st.sampled_from([1, 3, 4]).flatmap(lambda c: arrays.arrays(np.uint8, (5, 4, c))))
def test_what_is_written_is_read(tmp_path_factory, pixels: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("images") / "a.png"
    if pixels.shape[-1] == 1:
        write_image(path, pixels[..., 0])
        assert np.array_equal(read_image(path), np.repeat(pixels, 3, -1))
    else:
        write_image(path, pixels)
        assert np.array_equal(read_image(path), pixels)
    write_image(path, torch.from_numpy(pixels[..., 0]).float() / 255)
    assert np.array_equal(read_image(path)[..., 0], pixels[..., 0])


def test_floats_are_clipped_and_must_be_finite(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", np.array([[[-1.0, 0.5, 2.0]]]))
    assert read_image(tmp_path / "a.png").tolist() == [[[0, 128, 255]]]
    with pytest.raises(ValueError, match="NaN"):
        write_image(tmp_path / "b.png", torch.full((2, 2, 3), torch.nan))
    assert not (tmp_path / "b.png").exists()


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "CMYK", "I;16", "RGB"])
def test_all_pixel_formats_become_8_bit_colour(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    grey = np.where(RAMP > 128, 255, 0).astype(np.uint8) if mode == "1" else RAMP
    if mode == "I;16":
        Image.fromarray(grey.astype(np.uint16) * 257).save(path)
    else:
        Image.fromarray(grey).convert("L" if mode == "P" else "RGB").convert(mode).save(path)
    pixels = read_image(path)
    assert pixels.shape == (7, 12, 4 if mode.endswith("A") else 3)
    assert np.abs(pixels[..., :3].astype(int) - grey[..., None]).max() <= 1
    assert read_header(path) == (12, 7, mode)
    assert image_size(path) == (12, 7)


def test_16_bit_colour_and_transparent_palettes(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.repeat(RAMP[..., None], 3, -1).astype(np.uint16) * 257)
    assert np.array_equal(read_image(tmp_path / "a.png")[..., 0], RAMP)
    palette = Image.fromarray(RAMP % 2).convert("P")
    palette.save(tmp_path / "b.png", transparency=0)
    pixels = read_image(tmp_path / "b.png")
    assert pixels.shape == (7, 12, 4)
    assert set(np.unique(pixels[..., 3])) == {0, 255}


def test_exif_orientation_is_not_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RAMP).save(tmp_path / "a.jpg", exif=exif)
    assert read_image(tmp_path / "a.jpg").shape == (7, 12, 3)


@pytest.mark.parametrize(("white", "expected"), [(255, [0, 0, 1]), (1, [0, 1, 1])])
def test_masks(tmp_path: Path, white: int, expected: list[int]) -> None:
    values = [0, 1, 1] if white == 1 else [0, 127, 128]
    write_image(tmp_path / "m.png", np.array([values], dtype=np.uint8))
    assert read_mask(tmp_path / "m.png").tolist() == [[bool(value) for value in expected]]


@pytest.mark.parametrize("size", [(6, 8), (7, 5)])
def test_video(tmp_path: Path, size: tuple[int, int]) -> None:
    reader = pytest.importorskip("imageio_ffmpeg")
    path = tmp_path / "a.mp4"
    write_video(path, (torch.full((*size, 3), level) for level in (0.0, 0.5, 1.0)), fps=10)
    frames = reader.read_frames(str(path))
    assert next(frames)["size"] == (size[1] + size[1] % 2, size[0] + size[0] % 2)
    assert len(list(frames)) == 3
    assert [file.name for file in tmp_path.iterdir()] == ["a.mp4"]


def test_video_that_fails_leaves_nothing(tmp_path: Path) -> None:
    pytest.importorskip("imageio_ffmpeg")
    with pytest.raises(ValueError, match="in one video"):
        write_video(tmp_path / "a.mp4", [np.zeros((4, 4, 3)), np.zeros((4, 6, 3))], fps=10)
    with pytest.raises(ValueError, match="at least one frame"):
        write_video(tmp_path / "a.mp4", [], fps=10)
    assert list(tmp_path.iterdir()) == []


def test_video_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(Missing, match=r"recon3d\[video\]"):
        write_video(tmp_path / "a.mp4", [np.zeros((4, 4, 3))], fps=10)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"a\.png: cannot be read"):
        read_image(tmp_path / "a.png")
