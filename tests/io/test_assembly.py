"""What all formats share: what is held out, what is downscaled, what is noted."""

from __future__ import annotations

import pytest
from PIL import Image

from recon3d.errors import BadInput, UsageError
from recon3d.io import assembly
from recon3d.io.scene import SceneOptions, load_scene


@pytest.mark.parametrize(("every", "expected"), [(8, [0, 8, 16]), (2, [0, 2, 4, 6, 8, 10, 12, 14, 16]), (0, [])])
def test_every_eighth_picture_by_name_is_held_out(scene_of, edit_keys, every: int, expected: list[int]) -> None:
    folder = scene_of("transforms_json", count=17)
    edit_keys(folder, lambda keys: keys["frames"].reverse())
    scene = load_scene(folder, SceneOptions(test_every=every))
    assert sorted(scene.test.names) == [f"images/{i:03d}.png" for i in expected]
    assert set(scene.train.names) | set(scene.test.names) == {f"images/{i:03d}.png" for i in range(17)}
    assert len(scene.train) + len(scene.test) == 17
    assert bool(expected) != any("no picture is held out" in note for note in scene.notes)


def test_two_pictures_are_both_learned_from(scene_of) -> None:
    scene = load_scene(scene_of("transforms_json", count=2))
    assert (len(scene.train), len(scene.test)) == (2, 0)
    assert len(scene.normalised().test.cameras) == 0


@pytest.mark.parametrize(("longest", "expected"), [(160, 2), (161, 1), (54, 3), (1600, 1)])
def test_large_pictures_are_downscaled_by_themselves(scene_of, monkeypatch, longest: int, expected: int) -> None:
    monkeypatch.setattr(assembly, "LONGEST_SIDE", longest)
    scene = load_scene(scene_of("transforms_json"))
    assert scene.train.cameras.size == (161 // expected, 122 // expected)
    assert (expected > 1) == any("downscaled by" in note for note in scene.notes)


def test_unusual_pixel_formats_are_noted(scene_of) -> None:
    folder = scene_of("transforms_json")
    for i in range(2):
        path = folder / "images" / f"{i:03d}.png"
        Image.open(path).convert("L").save(path)
    assert any(
        "2 of 5 pictures are not 8-bit RGB and were converted (modes L)" in note for note in load_scene(folder).notes
    )


def test_undistortion_is_noted(scene_of) -> None:
    scene = load_scene(scene_of("transforms_json", lens="opencv", coefficients=(0.1, 0.0, 0.0, 0.0)))
    width, height = scene.train.cameras.size
    assert any(f"(161x122 to {width}x{height} pixels remain)" in note for note in scene.notes)


def test_impossible_options() -> None:
    for options in ({"downscale": 0}, {"test_every": 1}, {"test_every": -1}):
        with pytest.raises(UsageError):
            SceneOptions(**options)


def test_too_much_downscaling(scene_of) -> None:
    with pytest.raises(BadInput, match="nothing is left of 161x122"):
        load_scene(scene_of("transforms_json"), SceneOptions(downscale=200))
