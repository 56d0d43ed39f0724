"""Projection matrices come apart into cameras, whatever their sign and scale."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recon3d.errors import BadInput
from recon3d.io.idr import camera_from_projection
from recon3d.io.scene import load_scene


@given(
    st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: np.linalg.norm(q) > 0.1),
    st.tuples(st.floats(50, 5000), st.floats(50, 5000), st.floats(-0.5, 0.5)),
    st.floats(0.01, 100),
    st.booleans(),
)
def test_decomposition(quaternion, lens, scale: float, negative: bool) -> None:
    w, x, y, z = np.array(quaternion) / np.linalg.norm(quaternion)
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    intrinsics = np.array([[lens[0], lens[2], 320], [0, lens[1], 240], [0, 0, 1]])
    translation = np.array([[1.0], [-20.0], [300.0]])
    projection = np.vstack([intrinsics @ np.hstack([rotation, translation]), [0, 0, 0, 1]])
    projection[:3] *= -scale if negative else scale
    camera = camera_from_projection(projection, (640, 480), "here")
    np.testing.assert_allclose(camera.intrinsics[0, :2, :2], intrinsics[:2, :2], rtol=1e-7, atol=1e-6)
    np.testing.assert_allclose(camera.intrinsics[0, :2, 2], [320.5, 240.5], rtol=1e-7)
    np.testing.assert_allclose(camera.world_from_camera[0, :3, :3], rotation.T, atol=1e-9)
    np.testing.assert_allclose(camera.centres[0], (-rotation.T @ translation)[:, 0], atol=1e-6)


@pytest.mark.parametrize("projection", [np.zeros((4, 4)), np.full((4, 4), np.nan), np.eye(3), np.ones((4, 4))])
def test_what_is_no_projection(projection: np.ndarray) -> None:
    with pytest.raises(BadInput, match="here"):
        camera_from_projection(projection, (640, 480), "here")


def test_masks_become_alpha(scene_of) -> None:
    scene = load_scene(scene_of("idr"))
    assert scene.format == "idr"
    view = scene.train[0]
    assert torch.equal(view.alpha, torch.ones_like(view.alpha))
    assert view.masks is None


def test_without_masks(scene_of) -> None:
    folder = scene_of("idr")
    for mask in (folder / "mask").iterdir():
        mask.unlink()
    scene = load_scene(folder)
    assert scene.train[0].alpha is None
    assert any("no mask folder" in note for note in scene.notes)
