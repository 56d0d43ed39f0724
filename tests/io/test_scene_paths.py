"""No name in a file leads out of the scene's folder."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from recon3d.errors import BadInput
from recon3d.io.scene_paths import inside, is_file, pictures_in, some_of, with_guessed_suffix


@pytest.mark.parametrize("name", ["a.png", "./a.png", "sub/a b.png", "sub/../a.png", "ä/日本.png", "a" * 250 + ".png"])
def test_names_inside(tmp_path: Path, name: str) -> None:
    assert inside(tmp_path, tmp_path, name, "here") == tmp_path / name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../a.png", "leads out"),
        ("sub/../../a.png", "leads out"),
        ("/etc/passwd", "absolute path"),
        ("C:\\a.png", "absolute path"),
        ("link/a.png", "leads out"),
        ("file.png", "leads out"),
        ("circle/a.png", "cannot be followed|leads out"),
        ("a\nb.png", "control characters"),
        ("a\0.png", "control characters"),
    ],
)
def test_names_outside(tmp_path: Path, name: str, reason: str) -> None:
    scene = tmp_path / "scene"
    scene.mkdir()
    (tmp_path / "outside.png").touch()
    (scene / "link").symlink_to(tmp_path)
    (scene / "file.png").symlink_to(tmp_path / "outside.png")
    if name.startswith("circle"):
        (scene / "circle").symlink_to(scene / "circle")
        with suppress(BadInput):  # what resolving it gives depends on the version of Python
            assert inside(scene, scene, name, "here") == scene / name
        return
    with pytest.raises(BadInput, match=reason) as caught:
        inside(scene, scene, name, "here")
    assert "\n" not in str(caught.value)


def test_a_scene_behind_a_link_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert inside(tmp_path / "link", tmp_path / "link", "a.png", "here") == tmp_path / "link" / "a.png"


def test_names_too_long_are_no_files(tmp_path: Path) -> None:
    assert not is_file(tmp_path / ("a" * 300))


def test_suffixes_are_guessed(tmp_path: Path) -> None:
    (tmp_path / "r.0.JPG").touch()
    assert with_guessed_suffix(tmp_path / "r.0") == tmp_path / "r.0.JPG"
    assert with_guessed_suffix(tmp_path / "r.1") == tmp_path / "r.1"


def test_pictures(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpg", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in pictures_in(tmp_path)] == ["a.jpg", "b.PNG"]
    assert pictures_in(tmp_path / "absent") == []
    assert some_of(list("abcdefg")) == "a, b, c, d, e, ..."
    assert some_of(["a"]) == "a"
