"""Where the shared data lies, and the run-time check of every annotated shape."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

# Shapes in annotations are checked in tests only; production pays nothing.
install_import_hook("recon3d", "beartype.beartype")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data and fixtures; tests that need it skip where it is absent."""
    root = Path(os.environ.get("RECON3D_SHARED", Path(__file__).parents[1] / ".." / "shared")).resolve()
    if not root.is_dir():
        pytest.skip(f"no shared data at {root} (set RECON3D_SHARED)")
    return root


@pytest.fixture
def shared_scene(shared: Path):
    """A function from the name of a shared scene to its folder, skipping where that one is absent."""

    def find(name: str) -> Path:
        folder = shared / "data" / name
        if not folder.exists():
            pytest.skip(f"{name} is not in {shared / 'data'}")
        return folder

    return find


@pytest.fixture(scope="session")
def ball_scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small scene in the NeRF-synthetic layout, made of known Gaussians."""
    from painting import write_ball_scene

    return write_ball_scene(tmp_path_factory.mktemp("scene") / "ball")
