"""Background removal by rembg: asked when that makes sense, and never let near the network."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from recon3d.encoders.photo import rembg_mask
from recon3d.encoders.photo.cutout import cut_out
from recon3d.errors import Missing

BOX = (slice(20, 40), slice(30, 70))
"""What the stand-in of rembg takes for the object."""


class U2netSession:
    """Behaves as rembg's does, as far as it is used."""

    def __init__(self, model_name: str, sess_opts: object) -> None:
        self.model = Path(self.download_models())

    @classmethod
    def download_models(cls, *args: object, **kwargs: object) -> str:
        raise AssertionError("rembg was let near the network")

    def predict(self, picture: Image.Image) -> list[Image.Image]:
        mask = np.zeros((picture.height, picture.width), np.uint8)
        mask[BOX] = 255
        return [Image.fromarray(mask)]


def stand_in(name: str, **contents: object) -> ModuleType:
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)
    module.__dict__.update(contents)
    return module


@pytest.fixture
def fake_rembg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The package with its model; the path of that."""
    monkeypatch.setitem(sys.modules, "rembg", stand_in("rembg", __path__=[]))
    monkeypatch.setitem(sys.modules, "rembg.sessions", stand_in("rembg.sessions", __path__=[]))
    u2net = stand_in("rembg.sessions.u2net", U2netSession=U2netSession)
    monkeypatch.setitem(sys.modules, "rembg.sessions.u2net", u2net)
    monkeypatch.setitem(sys.modules, "onnxruntime", stand_in("onnxruntime", SessionOptions=object))
    monkeypatch.setenv("U2NET_HOME", str(tmp_path))
    (tmp_path / "u2net.onnx").write_bytes(b"a model")
    rembg_mask._session.cache_clear()
    yield tmp_path / "u2net.onnx"
    rembg_mask._session.cache_clear()


@pytest.fixture
def no_rembg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rembg", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    rembg_mask._session.cache_clear()


@pytest.fixture
def plain() -> np.ndarray:
    """A red disc on white, somewhere else than the stand-in's box."""
    y, x = np.mgrid[:80, :100]
    disc = (np.hypot(x - 50, y - 55) < 20)[..., None]
    return np.where(disc, [200, 30, 30], [250, 250, 250]).astype(np.uint8)


@pytest.fixture
def busy() -> np.ndarray:
    """A yellow disc on a chequered background."""
    y, x = np.mgrid[:80, :100]
    squares = np.where(((x // 8 + y // 8) % 2 == 0)[..., None], [20, 60, 90], [90, 150, 120])
    return np.where((np.hypot(x - 50, y - 45) < 20)[..., None], [240, 220, 60], squares).astype(np.uint8)


def is_box(alpha: np.ndarray) -> bool:
    expected = np.zeros(alpha.shape)
    expected[BOX] = 1
    return bool(np.array_equal(alpha, expected))


def test_rembg_is_asked_for_busy_backgrounds(fake_rembg: Path, busy: np.ndarray, plain: np.ndarray) -> None:
    alpha, how = cut_out(busy, "photo")
    assert how == "by rembg"
    assert is_box(alpha)
    alpha, how = cut_out(plain, "photo")
    assert how == "by its smooth background"
    assert not is_box(alpha)


def test_rembg_does_what_it_is_told_to(fake_rembg: Path, busy: np.ndarray, plain: np.ndarray) -> None:
    alpha, how = cut_out(plain, "photo", "rembg")
    assert how == "by rembg"
    assert is_box(alpha)
    assert "border" in cut_out(busy, "photo", "border")[1]


def test_transparency_comes_first(fake_rembg: Path, plain: np.ndarray) -> None:
    transparent = np.concatenate([plain, np.full((80, 100, 1), 255, np.uint8)], -1)
    transparent[:30, ..., 3] = 0
    alpha, how = cut_out(transparent, "photo", "rembg")
    assert how == "by its own transparency"
    assert alpha[:30].max() == 0
    assert alpha[30:].min() == 1


def test_a_missing_model_is_said_and_not_fetched(fake_rembg: Path, busy: np.ndarray) -> None:
    fake_rembg.unlink()
    with pytest.raises(Missing, match="nothing is downloaded"):
        cut_out(busy, "photo", "rembg")
    assert "border" in cut_out(busy, "photo")[1]


def test_a_missing_package_is_said(no_rembg: None, busy: np.ndarray) -> None:
    with pytest.raises(Missing, match="rembg is not installed"):
        cut_out(busy, "photo", "rembg")
    assert "border" in cut_out(busy, "photo")[1]


def test_a_package_that_ends_the_program_is_caught(
    fake_rembg: Path, plain: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As rembg does where onnxruntime is missing."""

    def leave(name: str) -> ModuleType:
        raise SystemExit(1)

    monkeypatch.setattr("importlib.import_module", leave)
    with pytest.raises(Missing, match="cannot be used"):
        cut_out(plain, "photo", "rembg")
