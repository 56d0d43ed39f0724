"""PLY files: Gaussians as 3D Gaussian Splatting writes them, and plain point clouds.

A Gaussian is stored before activation: the logit of its opacity, the logarithms of its scales, a quaternion
(w, x, y, z) of any length, and spherical harmonics with all of red first, then green, then blue. Elsewhere all values
are physical, so the activations happen here. Both ways are computed in float64 and lose less than 1e-6 of a value;
means, quaternions and harmonics keep every bit.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from recon3d.errors import BadInput
from recon3d.geometry.spherical_harmonics import degree_of
from recon3d.io.atomic import replacing
from recon3d.io.ply_table import Header, read_ply_header, read_vertices
from recon3d.types import Gaussians, PointCloud

POSITION = ("x", "y", "z")
NORMAL = ("nx", "ny", "nz")
DC = ("f_dc_0", "f_dc_1", "f_dc_2")
REST = tuple(f"f_rest_{i}" for i in range(45))
OPACITY = ("opacity",)
SCALE = ("scale_0", "scale_1", "scale_2")
ROTATION = ("rot_0", "rot_1", "rot_2", "rot_3")
COLOUR = ("red", "green", "blue")
WRITTEN = (*POSITION, *NORMAL, *DC, *REST, *OPACITY, *SCALE, *ROTATION)

LARGEST_LOG_SCALE = 20.0
OPACITY_MARGIN = 1e-7  # keeps logits finite, and exact to 1e-6 when stored as float32
DEGREE_COMMENT = "recon3d sh_degree"  # of our own files: they are padded to degree 3 for other readers


def read_gaussians(path: Path) -> Gaussians:
    """Gaussians of degree 0 to 3 from a 3DGS PLY, float32, in the frame of the file.

    Raises BadInput for files that are broken or hold something else, and for values that no renderer survives.
    """
    header = read_ply_header(path)
    _refuse_other_kinds(header)
    table = read_vertices(header)
    rest = tuple(name for name in REST if name in table.names)
    groups = [table.columns(names) for names in (POSITION, ROTATION, SCALE, OPACITY, DC + rest)]
    _refuse_unusable(path, groups)
    means, quaternions, log_scales, logits, colours = (torch.from_numpy(group) for group in groups)
    _refuse_extremes(path, quaternions, log_scales)
    opacities = logits[:, 0].double().sigmoid().clamp(OPACITY_MARGIN, 1 - OPACITY_MARGIN)
    scales = log_scales.double().exp()
    return Gaussians(means, quaternions, scales.float(), opacities.float(), _harmonics(header, colours))


def write_gaussians(path: Path, gaussians: Gaussians) -> None:
    """Write a 3DGS PLY that every viewer reads: 62 floats each, harmonics padded with zeros to degree 3.

    Opacities are kept off 0 and 1. Raises ValueError for values that are not finite and for scales that are not
    positive, and as `atomic.replacing`.
    """
    table = np.zeros((len(gaussians), len(WRITTEN)), dtype="<f4")
    for name, values in _stored(gaussians).items():
        start = WRITTEN.index(name)
        table[:, start : start + values.shape[1]] = values.detach().cpu().numpy()
    unusable = ~np.isfinite(table).all(1)
    if unusable.any():
        raise ValueError(f"{int(unusable.sum())} Gaussians with values that cannot be stored in {path}")
    degree = degree_of(gaussians.sh.shape[1])
    header = ["ply", "format binary_little_endian 1.0", f"comment {DEGREE_COMMENT} {degree}"]
    header += [f"element vertex {len(gaussians)}", *(f"property float {name}" for name in WRITTEN), "end_header\n"]
    with replacing(path) as unfinished, unfinished.open("wb") as file:
        file.write("\n".join(header).encode())
        table.tofile(file)


def read_points(path: Path) -> PointCloud:
    """The vertices of any PLY, with their colours, or grey where it has none. Raises BadInput for broken files."""
    header = read_ply_header(path)
    table = read_vertices(header)
    if not set(POSITION) <= set(table.names):
        raise BadInput(path, "its vertices have no x, y and z", "export it again")
    colours = np.full((len(table), 3), 0.5, dtype=np.float32)
    if set(COLOUR) <= set(table.names):
        whole = {"u1": 255, "u2": 65535}.get(str(table.types["red"]), 1)
        colours = np.clip(np.nan_to_num(table.columns(COLOUR)) / np.float32(whole), 0, 1)
    return PointCloud(torch.from_numpy(table.columns(POSITION)), torch.from_numpy(colours))


def _stored(gaussians: Gaussians) -> dict[str, Float[Tensor, "n c"]]:
    """The columns as the file has them, by the name of the first of each group."""
    groups = {
        "x": gaussians.means,
        "f_dc_0": gaussians.sh[:, 0],
        "opacity": gaussians.opacities.double().clamp(OPACITY_MARGIN, 1 - OPACITY_MARGIN).logit()[:, None],
        "scale_0": gaussians.scales.double().log(),
        "rot_0": gaussians.quaternions,
    }
    return groups | {f"f_rest_{15 * channel}": gaussians.sh[:, 1:, channel] for channel in range(3)}


def _harmonics(header: Header, colours: Float[Tensor, "n c"]) -> Float[Tensor, "n k 3"]:
    """Channel-major columns to coefficients; the padding of our own files is taken off again."""
    rest = colours[:, 3:].reshape(len(colours), 3, (colours.shape[1] - 3) // 3).mT
    degrees = [line.removeprefix(DEGREE_COMMENT).strip() for line in header.comments if line.startswith(DEGREE_COMMENT)]
    if degrees and degrees[0] in ("0", "1", "2"):
        kept = (int(degrees[0]) + 1) ** 2 - 1
        if not rest[:, kept:].any():
            rest = rest[:, :kept]
    return torch.cat([colours[:, None, :3], rest], 1)


def _refuse_other_kinds(header: Header) -> None:
    """Say what the file is, where it does not hold Gaussians."""
    vertices = header.element("vertex")
    names = set(vertices.properties) if vertices else set()
    if "packed_position" in names:
        raise BadInput(header.path, "holds compressed Gaussians", "export them as an ordinary (uncompressed) PLY")
    if not names & {*DC, *OPACITY, *SCALE, *ROTATION}:
        kind = "a mesh" if header.element("face") else "a plain point cloud"
        raise BadInput(header.path, f"is {kind}, not Gaussians", "fit a scene to get Gaussians")
    if {"scale_0", "scale_1"} <= names and "scale_2" not in names:
        raise BadInput(header.path, "holds flat (2D) Gaussians: it has no scale_2", "export them with three scales")
    lacking = [name for name in (*POSITION, *DC, *OPACITY, *SCALE, *ROTATION) if name not in names]
    if lacking:
        raise BadInput(header.path, f"lacks {', '.join(lacking)}", "export the Gaussians again")
    count = sum(name.startswith("f_rest_") for name in names)
    if count not in (0, 9, 24, 45) or not set(REST[:count]) <= names:
        reason = f"has {count} f_rest properties, which is no degree of spherical harmonics from 0 to 3"
        raise BadInput(header.path, reason, "export with degree 3 or less: 0, 9, 24 or 45 of them")


def _refuse_unusable(path: Path, groups: list[Float32[np.ndarray, "n _"]]) -> None:
    broken = np.zeros(len(groups[0]), dtype=bool)
    for group in groups:
        broken |= ~np.isfinite(group).all(1)
    if broken.any():
        reason = f"{int(broken.sum())} of {len(broken)} Gaussians have NaN or infinite values"
        raise BadInput(path, reason, "remove them in the program that wrote the file")


def _refuse_extremes(path: Path, quaternions: Float[Tensor, "n 4"], log_scales: Float[Tensor, "n 3"]) -> None:
    zero = int((quaternions == 0).all(1).sum())
    if zero:
        reason = f"{zero} of {len(quaternions)} Gaussians have a zero quaternion"
        raise BadInput(path, reason, "export the Gaussians again")
    large = int((log_scales > LARGEST_LOG_SCALE).any(1).sum())
    if large:
        reason = f"{large} of {len(log_scales)} Gaussians are larger than e^{LARGEST_LOG_SCALE:g}, as if pre-activated"
        raise BadInput(path, reason, "store the logarithms of the scales, as 3D Gaussian Splatting does")
