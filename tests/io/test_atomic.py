"""A path holds the old complete file or the new complete one, whatever happens."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from recon3d.errors import BadInput, OutOfResources
from recon3d.io import atomic


def test_round_trip(tmp_path: Path) -> None:
    atomic.write_bytes(tmp_path / "a.bin", b"\x00\xff")
    atomic.write_text(tmp_path / "b.txt", "dürer\n")
    atomic.write_json(tmp_path / "c.json", {"z": 1, "a": [0.1, None]})
    assert (tmp_path / "a.bin").read_bytes() == b"\x00\xff"
    assert (tmp_path / "b.txt").read_bytes() == "dürer\n".encode()
    assert list(json.loads((tmp_path / "c.json").read_text())) == ["z", "a"]


def test_files_have_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    atomic.write_text(tmp_path / "atomic", "")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_nan_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    atomic.write_json(path, {"old": 1})
    with pytest.raises(ValueError, match="JSON"):
        atomic.write_json(path, {"loss": float("nan")})
    assert json.loads(path.read_text()) == {"old": 1}


def test_temporary_name_keeps_the_suffix_and_the_folder(tmp_path: Path) -> None:
    with atomic.replacing(tmp_path / "film.mp4") as unfinished:
        assert unfinished.suffix == ".mp4"
        assert unfinished.parent == tmp_path
        unfinished.write_bytes(b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_the_longest_possible_name(tmp_path: Path) -> None:
    name = "a" * 251 + ".txt"
    atomic.write_text(tmp_path / name, "x")
    assert (tmp_path / name).read_text() == "x"


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failing_writer_leaves_the_old_file_and_nothing_else(tmp_path: Path, failure: type[BaseException]) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with atomic.replacing(path) as unfinished:
            unfinished.write_text("half")
            raise failure

    with pytest.raises(failure):
        fail()
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("number", "error", "code"),
    [(errno.ENOSPC, OutOfResources, 5), (errno.EROFS, BadInput, 3), (errno.EACCES, BadInput, 3)],
)
def test_errors_of_the_disk_name_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception], code: int
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(error, match=r"a\.txt") as caught:
        atomic.write_text(path, "new")
    assert caught.value.exit_code == code
    assert "\n" not in str(caught.value)
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", ["absent/a.txt", "a" * 300])
def test_impossible_places(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        atomic.write_text(tmp_path / name, "x")


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(BadInput, match="cannot be written"):
        atomic.write_text(tmp_path / "a.txt", "x")
    assert len(list(tmp_path.iterdir())) == 1
