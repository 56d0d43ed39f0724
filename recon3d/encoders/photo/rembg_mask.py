"""The object of a photo as rembg finds it: an optional package, with a model (U2-Net) that must be here already."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image

from recon3d.errors import Missing


def model_file() -> Path:
    """Where rembg keeps the model."""
    home = os.environ.get("U2NET_HOME") or os.path.join(os.environ.get("XDG_DATA_HOME", "~"), ".u2net")
    return Path(home).expanduser() / "u2net.onnx"


def is_here() -> bool:
    """Whether both the package and its model are."""
    return importlib.util.find_spec("rembg") is not None and model_file().is_file()


def mask_of(picture: UInt8[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w"]:
    """How much of every pixel the object covers. Raises Missing without the package or its model: nothing is
    downloaded."""
    (mask, *_) = _session(model_file()).predict(Image.fromarray(picture))
    return np.asarray(mask.convert("L"), np.float32) / 255


@functools.cache
def _session(model: Path) -> Any:
    if importlib.util.find_spec("rembg") is None:
        raise Missing("background removal", "the package rembg is not installed", "pip install 'rembg[cpu]'")
    if not model.is_file():
        raise Missing(model, "rembg's model is not there, and nothing is downloaded", "run: rembg d u2net")
    try:
        u2net = importlib.import_module("rembg.sessions.u2net")
        onnxruntime = importlib.import_module("onnxruntime")
    except (ImportError, SystemExit) as error:  # rembg ends the program where onnxruntime is missing
        raise Missing("background removal", f"rembg cannot be used ({error})", "pip install 'rembg[cpu]'") from None

    class Session(u2net.U2netSession):  # type: ignore[misc, name-defined]
        """With the file that is here, in place of one from the network."""

        @classmethod
        def download_models(cls, *_: Any, **__: Any) -> str:
            return str(model)

    return Session("u2net", onnxruntime.SessionOptions())
