"""Numbers out of MATLAB files, and what is refused of them."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from recon3d.errors import BadInput
from recon3d.io import matlab
from recon3d.io.idr import object_mask
from recon3d.io.images import write_image
from recon3d.io.matlab import read_matlab


@pytest.mark.parametrize("compressed", [False, True])
def test_what_was_written_is_read(tmp_path: Path, compressed: bool) -> None:
    arrays = {"cells": np.random.default_rng(0).random((3, 4, 5)) > 0.5, "P": np.array([[1.5], [2], [3], [4]])}
    scipy.io.savemat(tmp_path / "a.mat", arrays, do_compression=compressed)
    read = read_matlab(tmp_path / "a.mat", ("cells", "P"))
    np.testing.assert_array_equal(read["cells"], arrays["cells"])
    np.testing.assert_array_equal(read["P"], arrays["P"])


def test_what_is_not_there_or_no_numbers(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"text": "words", "cell": np.array([{"a": 1}], object)})
    for name in ("P", "text", "cell"):
        with pytest.raises(BadInput, match=f"{name}: is missing or no array of numbers"):
            read_matlab(tmp_path / "a.mat", (name,))
    with pytest.raises(BadInput, match="cannot be read"):
        read_matlab(tmp_path / "none.mat", ("P",))


@pytest.mark.parametrize("content", [b"", b"no such file", b"\x89HDF\r\n\x1a\n" + bytes(600), bytes(1000)])
def test_other_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(BadInput, match=r"a\.mat"):
        read_matlab(tmp_path / "a.mat", ("P",))


def test_cut_short(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"P": np.random.default_rng(0).random((40, 40))}, do_compression=True)
    content = (tmp_path / "a.mat").read_bytes()
    (tmp_path / "a.mat").write_bytes(content[:-3000])
    with pytest.raises(BadInput, match=r"a\.mat"):
        read_matlab(tmp_path / "a.mat", ("P",))


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"P": np.zeros((1000, 1000))}, do_compression=True)
    assert (tmp_path / "a.mat").stat().st_size < 50_000
    monkeypatch.setattr(matlab, "BYTES_LIMIT", 2**22)
    monkeypatch.setattr(scipy.io, "loadmat", lambda *_, **__: pytest.fail("was unpacked"))
    unpacked = []
    decompress = zlib.decompressobj

    class Counted:
        def __init__(self) -> None:
            self.inner = decompress()

        def decompress(self, packed: bytes, most: int) -> bytes:
            piece = self.inner.decompress(packed, most)
            unpacked.append(len(piece))
            return piece

        def __getattr__(self, name: str) -> object:
            return getattr(self.inner, name)

    monkeypatch.setattr(zlib, "decompressobj", Counted)
    with pytest.raises(BadInput, match="holds more than 4 MiB"):
        read_matlab(tmp_path / "a.mat", ("P",))
    assert sum(unpacked) <= 2**22 + matlab.PIECE


def test_object_masks_are_exactly_white_and_resized_to_the_nearest_pixel(tmp_path: Path) -> None:
    mask = np.zeros((8, 12), np.uint8)
    mask[:4], mask[4:] = 255, 254
    write_image(tmp_path / "mask.png", mask)
    np.testing.assert_array_equal(object_mask(tmp_path / "mask.png", (12, 8)), mask == 255)
    np.testing.assert_array_equal(object_mask(tmp_path / "mask.png", (3, 2)), [[True] * 3, [False] * 3])
