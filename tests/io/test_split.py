"""Which pictures of a scene are taken, where someone else says so."""

from __future__ import annotations

import json

import pytest

from recon3d.errors import BadInput
from recon3d.io.scene import SceneOptions, Split, load_scene


@pytest.mark.parametrize("layout", ["transforms_json", "idr", "blender"])
def test_a_split_takes_the_place_of_any_other(scene_of, layout: str) -> None:
    folder = scene_of(layout)
    every = load_scene(folder)
    names = sorted((*every.train.names, *every.test.names))
    split = Split((names[3], names[1]), (names[0],))
    scene = load_scene(folder, SceneOptions(split=split))
    assert sorted(scene.train.names) == [names[1], names[3]]
    assert scene.test.names == (names[0],)
    assert {path.name for path in scene.files} <= {path.name for path in every.files}
    assert len(scene.files) < len(every.files)


def test_a_split_may_hold_out_nothing(scene_of) -> None:
    folder = scene_of("idr")
    names = load_scene(folder, SceneOptions(test_every=0)).train.names
    scene = load_scene(folder, SceneOptions(split=Split(names[:2], ())))
    assert (len(scene.train), len(scene.test)) == (2, 0)


def test_unknown_names_are_refused(scene_of) -> None:
    with pytest.raises(BadInput, match=r"lacks pictures of the split: none\.png"):
        load_scene(scene_of("idr"), SceneOptions(split=Split(("000.png", "none.png"), ())))


def test_masks_can_be_left_aside(scene_of) -> None:
    folder = scene_of("idr")
    assert load_scene(folder).train[0].alpha is not None
    scene = load_scene(folder, SceneOptions(masks=False))
    assert scene.train[0].alpha is None
    assert scene.train[0].masks is None
    assert "masks are not looked at" in scene.notes
    assert not any("mask" in path.parts for path in scene.files)


def test_options_survive_a_manifest() -> None:
    for options in (SceneOptions(), SceneOptions(2, 0, split=Split(("a", "b"), ("c",)), masks=False)):
        assert SceneOptions.from_json(json.loads(json.dumps(options.to_json()))) == options
    assert SceneOptions.from_json({"downscale": 3, "test_every": 5}) == SceneOptions(3, 5)
