"""SPZ files: what is lost in them, and what is refused."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recon3d.errors import BadInput
from recon3d.io.spz import HEADER, read_spz, spz_of
from recon3d.types import Gaussians


def gaussians(count: int, degree: int, extent: float = 3.0, seed: int = 0) -> Gaussians:
    g = torch.Generator().manual_seed(seed)
    return Gaussians(
        extent * torch.randn(count, 3, generator=g),
        torch.randn(count, 4, generator=g),
        extent * 0.02 * torch.exp(torch.randn(count, 3, generator=g).clamp(-3, 3)),
        torch.rand(count, generator=g),
        torch.randn(count, (degree + 1) ** 2, 3, generator=g).clamp(-0.9, 0.9),
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(0, 3), st.sampled_from([0.5, 3.0, 300.0]), st.integers(0, 2**31))
def test_values_come_back_as_well_as_the_bits_allow(
    tmp_path_factory: pytest.TempPathFactory, count: int, degree: int, extent: float, seed: int
) -> None:
    path = tmp_path_factory.mktemp("spz") / "a.spz"
    before = gaussians(count, degree, extent, seed)
    path.write_bytes(spz_of(before))
    after = read_spz(path)
    reach = float(before.means.abs().max())
    assert float((after.means - before.means).abs().max()) <= max(reach * 2**-22, 2**-21)
    assert float((after.scales / before.scales).log().abs().max()) <= 0.5 / 16 + 1e-5
    assert float((after.opacities - before.opacities).abs().max()) <= 0.5 / 255 + 1e-6
    assert float((after.sh[:, 0] - before.sh[:, 0]).abs().max()) <= 0.5 / (0.15 * 255) + 1e-6
    if degree:
        assert float((after.sh[:, 1:] - before.sh[:, 1:]).abs().max()) <= 0.5 / 128 + 1e-6
    unit = torch.nn.functional.normalize(before.quaternions, dim=-1)
    assert float((unit * after.quaternions).sum(-1).abs().min()) > 1 - 1e-5


def test_the_bytes_are_those_of_the_format(tmp_path: Path) -> None:
    """One Gaussian, its numbers worked out by hand from the description of the format."""
    one = Gaussians(
        torch.tensor([[1.0, -2.0, 0.5]]),
        torch.tensor([[0.0, 0.0, 0.0, -1.0]]),
        torch.full((1, 3), 1.0),
        torch.tensor([1.0]),
        torch.zeros(1, 4, 3),
    )
    content = gzip.decompress(spz_of(one, antialiased=True))
    magic, version, count, degree, digits, flags, _ = HEADER.unpack_from(content)
    assert (magic, version, count, degree, digits, flags) == (0x5053474E, 3, 1, 1, 20, 1)
    body = content[16:]
    assert [int.from_bytes(body[i : i + 3], "little", signed=True) for i in (0, 3, 6)] == [2**20, -(2**21), 2**19]
    assert body[9:16] == bytes([255, 128, 128, 128, 160, 160, 160])
    assert struct.unpack("<I", body[16:20])[0] == 2 << 30  # z is the largest of x, y, z, w, and the others are 0
    assert body[20:] == bytes([128] * 9)


def test_broken_files_are_refused(tmp_path: Path) -> None:
    path, whole = tmp_path / "a.spz", spz_of(gaussians(10, 1))
    lies = gzip.compress(HEADER.pack(0x5053474E, 3, 2**31, 0, 12, 0, 0) + bytes(100))
    old = gzip.compress(HEADER.pack(0x5053474E, 1, 0, 0, 12, 0, 0))
    bomb = gzip.compress(HEADER.pack(0x5053474E, 3, 0, 0, 12, 0, 0) + bytes(2**24))
    for content in (bomb, b"", b"ply\n", whole[: len(whole) // 2], lies, old, gzip.compress(b"short")):
        path.write_bytes(content)
        with pytest.raises(BadInput, match=r"a\.spz"):
            read_spz(path)


def test_values_that_cannot_be_stored_are_refused() -> None:
    broken = gaussians(3, 0)
    broken.means[1, 1] = float("nan")
    with pytest.raises(ValueError, match="cannot be stored"):
        spz_of(broken)
