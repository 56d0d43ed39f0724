"""What has changed of the Gaussians since they were last sent, in as few bytes as will do (see `messages.Progress`)."""

from __future__ import annotations

import struct

import numpy as np
from jaxtyping import Int, Shaped

from recon3d.geometry.spherical_harmonics import Y0
from recon3d.types import Gaussians

ROW = np.dtype([("mean", "<f4", 3), ("scales", "<f4", 3), ("rgba", "u1", 4), ("quaternion", "u1", 4)])
HEADER = struct.Struct("<III")
NOTICED = 0.05
"""A Gaussian is sent again when it has moved by more than this share of its largest scale, or a scale changed by it."""
NOTICED_BYTES = 3
"""Or when a byte of its colour, opacity or quaternion has changed by so much."""

Rows = Shaped[np.ndarray, " _"]


def rows_of(gaussians: Gaussians) -> Rows:
    """The Gaussians as rows of a .splat file, with the colour that they have from everywhere."""
    rows = np.zeros(len(gaussians), ROW)
    rows["mean"], rows["scales"] = gaussians.means.numpy(), gaussians.scales.numpy()
    rows["rgba"][:, :3] = _bytes(255 * (0.5 + Y0 * gaussians.sh[:, 0].numpy()))
    rows["rgba"][:, 3] = _bytes(255 * gaussians.opacities.numpy())
    quaternions = gaussians.quaternions.numpy()
    rows["quaternion"] = _bytes(128 + 128 * quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True))
    return rows


def changed(before: Rows, now: Rows) -> Int[np.ndarray, " m"]:
    """Indices of rows that are new or look different."""
    count = min(len(before), len(now))
    old, new = before[:count], now[:count]
    far = np.abs(new["mean"] - old["mean"]).max(1) > NOTICED * old["scales"].max(1)
    grown = (np.abs(new["scales"] - old["scales"]) > NOTICED * old["scales"]).any(1)
    different = far | grown
    for name in ("rgba", "quaternion"):
        different |= (np.abs(new[name].astype(np.int16) - old[name]) >= NOTICED_BYTES).any(1)
    return np.concatenate([np.nonzero(different)[0], np.arange(count, len(now))])


def patch(step: int, rows: Rows, chosen: Int[np.ndarray, " m"]) -> bytes:
    """The message that brings a viewer's rows up to date."""
    return HEADER.pack(step, len(rows), len(chosen)) + chosen.astype("<u4").tobytes() + rows[chosen].tobytes()


def _bytes(values: Shaped[np.ndarray, "n ..."]) -> Shaped[np.ndarray, "n ..."]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
