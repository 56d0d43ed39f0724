"""Archives of arrays cannot run code and cannot ask for more memory than they take."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays

from recon3d.errors import BadInput
from recon3d.io.npz import MEMBER_LIMIT, Archive


@given(arrays.arrays(np.float32, arrays.array_shapes(max_side=4), elements={"allow_nan": False}))
def test_round_trip(tmp_path_factory, values: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("npz") / "a.npz"
    np.savez_compressed(path, a=values, b=np.asfortranarray(values))
    archive = Archive(path)
    assert archive.names == {"a", "b"}
    np.testing.assert_array_equal(archive.read("a"), values)
    np.testing.assert_array_equal(archive.read("b"), values)


def header(shape: str, kind: str = "'<f8'") -> bytes:
    text = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (63 - (10 + len(text)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (header("(1000000000, 1000000000)"), "cannot be read"),
        (header("(2,)") + bytes(15), "cannot be read"),
        (header("(1,)", "'|O'") + bytes(8), "cannot be read"),
        (header("(-1,)"), "cannot be read"),
        (b"", "cannot be read"),
        (b"\x93NUMPY", "cannot be read"),
        (header("(200000,)") + bytes(8 * 200_000), "larger than"),
    ],
)
def test_hostile_members(tmp_path: Path, content: bytes, reason: str) -> None:
    assert len(content) < 2 * MEMBER_LIMIT
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", content)
    with pytest.raises(BadInput, match=reason):
        Archive(path).read("a")


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.array([print], dtype=object))
    with pytest.raises(BadInput, match="cannot be read"):
        Archive(path).read("a")


def test_broken_archives(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.eye(4))
    content = path.read_bytes()
    with pytest.raises(BadInput, match="b: is missing"):
        Archive(path).read("b")
    for end in range(0, len(content), 11):
        path.write_bytes(content[:end])
        with pytest.raises(BadInput, match=r"a\.npz"):
            Archive(path).read("a")
    flipped = bytearray(content)
    flipped[200] ^= 0xFF
    path.write_bytes(bytes(flipped))
    with pytest.raises(BadInput, match=r"a\.npz"):
        Archive(path).read("a")
