"""Cameras that go around what was reconstructed."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.geometry.rays import nearest_point_to_rays
from recon3d.geometry.transforms import looking_at
from recon3d.types import Cameras, Gaussians, Mesh

FIELD_OF_VIEW = 50.0
"""Degrees across the longer side, where no camera says otherwise."""
ELEVATION = 15.0
"""Degrees from which a mesh is looked down at."""
AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
REACH = 3.6
"""How far from the middle of Gaussians to look at them, times the distance within which half of them are."""
ROOM = 1.05
"""How much larger than a mesh what a camera sees of its place is."""


def orbit_like(cameras: Cameras, frames: int) -> Cameras:
    """A full turn around the point that the cameras look at, at their median height and distance, with the lens of the
    first and a common size; "up" is the direction their pictures agree on."""
    middle, axis = middle_of(cameras)
    offsets = cameras.centres.double() - middle
    heights = offsets @ axis
    flat = offsets - heights[:, None] * axis
    radius, height = float(flat.norm(dim=-1).median()), float(heights.median())
    return _ring(cameras[0], middle, axis, flat[0], (radius, height), frames)


def middle_of(cameras: Cameras) -> tuple[Float[Tensor, "3"], Float[Tensor, "3"]]:
    """The point that the cameras look at, and "up", the direction that their pictures agree on; float64."""
    forward, up = cameras.world_from_camera[:, :3, 2].double(), -cameras.world_from_camera[:, :3, 1].double()
    return nearest_point_to_rays(cameras.centres.double(), forward), torch.nn.functional.normalize(up.mean(0), dim=0)


def extent_of(gaussians: Gaussians) -> tuple[Float[Tensor, "3"], float]:
    """The middle of Gaussians of which nothing else is known, float64, and how far from it half of them are."""
    weights, means = gaussians.opacities.double(), gaussians.means.double()
    middle = means[torch.argsort(weights, descending=True)[: max(1, len(means) // 2)]].median(0).values
    return middle, float((means - middle).norm(dim=-1).median())


def up_axis(name: str) -> Float[Tensor, "3"]:
    """The direction of "z" or "-y"."""
    axis = torch.tensor(AXES[name.strip("-")])
    return -axis if name.startswith("-") else axis


def orbit_around(gaussians: Gaussians, up: Float[Tensor, "3"], size: tuple[int, int], frames: int) -> Cameras:
    """A full turn around Gaussians of which nothing else is known: their middle, at a few times their extent."""
    middle, extent = extent_of(gaussians)
    axis = torch.nn.functional.normalize(up.double(), dim=0)
    sideways = torch.linalg.svd(axis[None]).Vh[1]
    width, height = size
    focal = max(width, height) / 2 / math.tan(math.radians(FIELD_OF_VIEW / 2))
    intrinsics = torch.tensor([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    camera = Cameras(torch.eye(4)[None], intrinsics[None], torch.tensor([width]), torch.tensor([height]))
    return _ring(camera, middle, axis, sideways, (REACH * extent, REACH / 3 * extent), frames)


def orbit_from_front(mesh: Mesh, side: int, frames: int) -> Cameras:
    """A full turn around a mesh that stands as glTF wants it (y up, the front towards +z), which begins at its front;
    square pictures, into which it fits from everywhere."""
    used = mesh.vertices[mesh.faces.unique()].double()
    middle = (used.amin(0) + used.amax(0)) / 2
    half_angle, down = math.radians(FIELD_OF_VIEW / 2), math.radians(ELEVATION)
    distance = ROOM * float((used - middle).norm(dim=-1).max()) / math.sin(half_angle)
    focal = side / 2 / math.tan(half_angle)
    intrinsics = torch.tensor([[focal, 0, side / 2], [0, focal, side / 2], [0, 0, 1]])
    camera = Cameras(torch.eye(4)[None], intrinsics[None], torch.tensor([side]), torch.tensor([side]))
    _, up, front = torch.eye(3, dtype=torch.float64)
    return _ring(camera, middle, up, front, (distance * math.cos(down), distance * math.sin(down)), frames)


def _ring(
    camera: Cameras, middle: Tensor, axis: Tensor, start: Tensor, reach: tuple[float, float], frames: int
) -> Cameras:
    """`frames` copies of the camera on a circle of (radius, height) around the axis, looking at the middle."""
    radius, height = reach
    first = torch.nn.functional.normalize(start - (start @ axis) * axis, dim=0)
    second = torch.linalg.cross(axis, first)
    angles = torch.arange(frames, dtype=torch.float64) * (2 * math.pi / frames)
    circle = torch.cos(angles)[:, None] * first + torch.sin(angles)[:, None] * second
    centres = middle + radius * circle + height * axis
    return Cameras(
        torch.stack([looking_at(centre, middle, axis) for centre in centres]).float(),
        camera.intrinsics.float().expand(frames, 3, 3),
        camera.width.expand(frames),
        camera.height.expand(frames),
    )
