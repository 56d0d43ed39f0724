"""What the server and the viewer say to each other. The viewer's TypeScript types are made of these dataclasses
(`python -m recon3d.server.typescript`), so this file is the only place where a message is defined.

Lengths and positions are in the frame of the user's files. Matrices are row-major, cameras as in `recon3d.types`
(OpenCV: +z forward, y down; pixel centres at half integers), quaternions (w, x, y, z).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recon3d.types.edits import Box as Box  # the viewer wants its type too
from recon3d.types.edits import Edits, Vector
from recon3d.types.edits import Sphere as Sphere

Matrix = tuple[float, ...]
"""16 numbers of a 4x4 matrix, row by row."""
Split = Literal["train", "test"]
Status = Literal["finished", "stopped", "fitting", "paused", "diverged"]
Mode = Literal["splats", "depth", "normals"]


@dataclass(frozen=True)
class View:
    """A camera of the run and the photo taken with it, which is photo/SPLIT/INDEX where the exhibit has photos."""

    name: str
    split: Split
    index: int
    world_from_camera: Matrix
    focal: tuple[float, float]
    centre: tuple[float, float]
    """Of the picture: the principal point in pixels."""
    width: int
    height: int


@dataclass(frozen=True)
class Exhibit:
    """What there is to see."""

    title: str
    kind: Literal["run", "file", "fit"]
    status: Status
    splats: int
    """Gaussians, in splats.spz; 0 where there are none."""
    mesh: bool
    """Whether there is mesh.glb, in the same frame."""
    photos: bool
    """Whether there are photo/SPLIT/INDEX: JPEG, at most `?side=` pixels wide and high."""
    views: tuple[View, ...]
    up: Vector
    """What is up in the frame of the files."""
    centre: Vector
    """What to look at in the beginning, and from how far away."""
    distance: float
    near: float
    """Gaussians nearer to the camera than this are not drawn."""
    antialiased: bool
    """Whether Gaussians were fitted with Mip-Splatting's filter instead of that of 3D Gaussian Splatting."""
    background: Literal["white", "black"]
    edits: Edits | None
    writable: bool
    """Whether the server keeps edits and camera paths (POST edits, POST path); elsewhere they are downloaded."""
    pictures: bool
    """Whether the server draws pictures itself, for browsers without WebGL2."""


@dataclass(frozen=True)
class Saved:
    """Where the server has put what was posted, or why not."""

    path: str
    error: str


@dataclass(frozen=True)
class Progress:
    """A fit's state, on the socket `live`, as text. Between two such messages comes binary: a patch of the splats.

    A patch is three little-endian uint32 (the step, the number of Gaussians there are now, the number n of rows), then
    n uint32 (which Gaussians the rows are), then n rows of 32 bytes as in .splat files: mean (3 float32), scales (3
    float32), red, green, blue and opacity (4 uint8), and quaternion (4 uint8, each 128 + 128 times a component).
    """

    step: int
    steps: int | None
    """Of the whole fit, where it is not a matter of time."""
    progress: float
    loss: float
    psnr: float
    splats: int
    elapsed: float
    remaining: float | None
    """Seconds."""
    status: Status


@dataclass(frozen=True)
class Command:
    """What the viewer tells a fit, on the socket `live`. `stop` saves what there is, as Ctrl-C does; `next` asks for a
    patch: the first comes by itself, each other one not before the page has shown the one before and asks for it.
    """

    action: Literal["pause", "resume", "stop", "next"]


@dataclass(frozen=True)
class PictureRequest:
    """A picture wanted of the server, on the socket `pictures`; the answer is a JPEG, as binary."""

    world_from_camera: Matrix
    focal: tuple[float, float]
    centre: tuple[float, float]
    width: int
    height: int
    mode: Mode
    background: Literal["white", "black"]
