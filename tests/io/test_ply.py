"""Gaussians survive a file; files of other programs are read by the names of their columns."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recon3d.errors import BadInput
from recon3d.geometry.spherical_harmonics import Y0
from recon3d.io.ply import read_gaussians, read_points, write_gaussians
from recon3d.types import Gaussians


def some_gaussians(count: int, degree: int, seed: int = 0) -> Gaussians:
    draw = torch.Generator().manual_seed(seed)
    return Gaussians(
        torch.randn(count, 3, generator=draw) * 100,
        torch.randn(count, 4, generator=draw),
        torch.exp(torch.randn(count, 3, generator=draw) * 4),
        torch.rand(count, generator=draw) * 0.999 + 5e-4,
        torch.randn(count, (degree + 1) ** 2, 3, generator=draw),
    )


def write_ply(path: Path, columns: dict[str, np.ndarray], kind: str = "binary_little_endian", types=None) -> Path:
    """An independent writer, one vertex after the other."""
    types = types or {}
    numpy_types = {"float": "f4", "double": "f8", "uchar": "u1"}
    order = ">" if kind == "binary_big_endian" else "<"
    dtype = [(name, order + numpy_types[types.get(name, "float")]) for name in columns]
    count = len(next(iter(columns.values())))
    properties = "".join(f"property {types.get(name, 'float')} {name}\n" for name in columns)
    header = f"ply\nformat {kind} 1.0\ncomment made by a test\nelement vertex {count}\n{properties}end_header\n"
    rows = np.zeros(count, dtype)
    for name, values in columns.items():
        rows[name] = values
    body = rows.tobytes()
    if kind == "ascii":
        body = "".join(" ".join(repr(float(v)) for v in row) + "\n" for row in rows.tolist()).encode()
    path.write_bytes(header.encode() + body)
    return path


def inria_columns(count: int = 6, rest: int = 45) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(1)
    names = ["x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"]
    names += [f"f_rest_{i}" for i in range(rest)]
    names += ["opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"]
    return {name: draw.normal(size=count).astype(np.float32) for name in names}


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(0, 3), st.integers(0, 10_000))
def test_round_trip(tmp_path_factory, count: int, degree: int, seed: int) -> None:
    gaussians = some_gaussians(count, degree, seed)
    path = tmp_path_factory.mktemp("ply") / "a.ply"
    write_gaussians(path, gaussians)
    again = read_gaussians(path)
    for name in ("means", "quaternions", "sh"):
        assert torch.equal(getattr(gaussians, name), getattr(again, name)), name
    for name in ("scales", "opacities"):
        torch.testing.assert_close(getattr(gaussians, name), getattr(again, name), atol=0, rtol=1e-6)


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_files_have_the_layout_that_all_viewers_read(tmp_path: Path, degree: int) -> None:
    gaussians = some_gaussians(5, degree)
    write_gaussians(tmp_path / "a.ply", gaussians)
    content = (tmp_path / "a.ply").read_bytes()
    header, body = content.split(b"end_header\n", 1)
    names = [line.split()[2].decode() for line in header.splitlines() if line.startswith(b"property float ")]
    assert len(names) == 62
    assert names == list(inria_columns())
    table = np.frombuffer(body, "<f4").reshape(5, 62)
    columns = dict(zip(names, table.T, strict=True))
    assert np.abs(table[:, 3:6]).max() == 0
    np.testing.assert_allclose(columns["scale_1"], gaussians.scales[:, 1].log(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(1 / (1 + np.exp(-columns["opacity"])), gaussians.opacities, rtol=1e-5)
    np.testing.assert_array_equal(columns["rot_0"], gaussians.quaternions[:, 0])
    if degree == 3:  # red's 15 coefficients come first
        np.testing.assert_array_equal(columns["f_rest_0"], gaussians.sh[:, 1, 0])
        np.testing.assert_array_equal(columns["f_rest_14"], gaussians.sh[:, 15, 0])
        np.testing.assert_array_equal(columns["f_rest_15"], gaussians.sh[:, 1, 1])


@pytest.mark.parametrize("kind", ["binary_little_endian", "binary_big_endian", "ascii"])
@pytest.mark.parametrize("rest", [0, 9, 24, 45])
def test_files_of_others(tmp_path: Path, kind: str, rest: int) -> None:
    columns = inria_columns(rest=rest)
    shuffled = dict(sorted(columns.items(), key=lambda item: item[0][::-1]))
    gaussians = read_gaussians(write_ply(tmp_path / "a.ply", shuffled, kind))
    k = rest // 3
    torch.testing.assert_close(gaussians.means[:, 1], torch.from_numpy(columns["y"]))
    torch.testing.assert_close(gaussians.quaternions[:, 3], torch.from_numpy(columns["rot_3"]))
    torch.testing.assert_close(gaussians.scales[:, 2], torch.from_numpy(columns["scale_2"]).exp())
    torch.testing.assert_close(gaussians.opacities, torch.from_numpy(columns["opacity"]).sigmoid())
    assert gaussians.sh.shape == (6, 1 + k, 3)
    for channel in range(3):
        torch.testing.assert_close(gaussians.sh[:, 0, channel], torch.from_numpy(columns[f"f_dc_{channel}"]))
        for j in range(k):
            expected = torch.from_numpy(columns[f"f_rest_{channel * k + j}"])
            torch.testing.assert_close(gaussians.sh[:, 1 + j, channel], expected)


def test_columns_of_different_types(tmp_path: Path) -> None:
    columns = inria_columns(rest=0) | {"segment": np.arange(6)}
    types = {"x": "double", "segment": "uchar"}
    gaussians = read_gaussians(write_ply(tmp_path / "a.ply", columns, types=types))
    torch.testing.assert_close(gaussians.means[:, 0], torch.from_numpy(columns["x"]))


def test_extreme_opacities_stay_finite(tmp_path: Path) -> None:
    gaussians = dataclasses.replace(some_gaussians(3, 0), opacities=torch.tensor([0.0, 0.5, 1.0]))
    write_gaussians(tmp_path / "a.ply", gaussians)
    opacities = read_gaussians(tmp_path / "a.ply").opacities
    torch.testing.assert_close(opacities, gaussians.opacities, atol=2e-7, rtol=0)
    assert ((opacities > 0) & (opacities < 1)).all()


@pytest.mark.parametrize(
    ("name", "value"), [("means", torch.nan), ("sh", torch.inf), ("scales", 0.0), ("scales", -1.0)]
)
def test_what_cannot_be_stored_is_refused(tmp_path: Path, name: str, value: float) -> None:
    gaussians = some_gaussians(4, 1)
    getattr(gaussians, name)[2] = value
    with pytest.raises(ValueError, match="1 Gaussians with values that cannot be stored"):
        write_gaussians(tmp_path / "a.ply", gaussians)
    assert list(tmp_path.iterdir()) == []


def test_padding_is_taken_off_only_where_it_is_padding(tmp_path: Path) -> None:
    flat = some_gaussians(4, 3)
    flat.sh[:, 4:] = 0
    write_gaussians(tmp_path / "a.ply", flat)
    assert read_gaussians(tmp_path / "a.ply").sh.shape == (4, 16, 3)


@pytest.mark.parametrize("kind", ["binary_little_endian", "binary_big_endian", "ascii"])
@pytest.mark.parametrize(("colour_type", "white"), [("uchar", 255), ("float", 1)])
def test_points(tmp_path: Path, kind: str, colour_type: str, white: float) -> None:
    draw = np.random.default_rng(2)
    columns = {name: draw.normal(size=7).astype(np.float32) for name in "xyz"}
    columns |= {name: draw.integers(0, 2, 7) * white for name in ("red", "green", "blue")}
    types = dict.fromkeys(("red", "green", "blue"), colour_type)
    points = read_points(write_ply(tmp_path / "a.ply", columns, kind, types))
    torch.testing.assert_close(points.positions[:, 2], torch.from_numpy(columns["z"]))
    torch.testing.assert_close(points.colours[:, 1], torch.from_numpy(columns["green"]).float() / white)


def test_points_without_colours_are_grey(tmp_path: Path) -> None:
    points = read_points(write_ply(tmp_path / "a.ply", {name: np.arange(3.0) for name in "xyz"}))
    assert (points.colours == 0.5).all()


def test_points_of_a_mesh(tmp_path: Path) -> None:
    (tmp_path / "a.ply").write_text(
        "ply\r\nformat ascii 1.0\r\nelement vertex 3\r\nproperty float x\r\nproperty float y\r\nproperty float z\r\n"
        "element face 1\r\nproperty list uchar int vertex_indices\r\nend_header\r\n"
        "0 0 0\r\n1 0 0\r\n0 1 0\r\n3 0 1 2\r\n"
    )
    assert read_points(tmp_path / "a.ply").positions.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]]


def test_colour_seen_of_degree_0(tmp_path: Path) -> None:
    """0.5 + Y0 * f_dc is the colour, as every other program has it."""
    columns = inria_columns(1, 0) | {f"f_dc_{i}": np.array([0.5 / Y0 * (i - 1)]) for i in range(3)}
    gaussians = read_gaussians(write_ply(tmp_path / "a.ply", columns))
    torch.testing.assert_close(0.5 + Y0 * gaussians.sh[0, 0], torch.tensor([0, 0.5, 1.0]))


def test_a_broken_file_promises_more_than_it_holds(tmp_path: Path) -> None:
    write_gaussians(tmp_path / "a.ply", some_gaussians(10, 3))
    content = (tmp_path / "a.ply").read_bytes()
    for end in range(0, len(content) - 1, 97):
        (tmp_path / "b.ply").write_bytes(content[:end])
        with pytest.raises(BadInput, match=r"b\.ply"):
            read_gaussians(tmp_path / "b.ply")
