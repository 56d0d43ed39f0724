"""Pictures and films of a reconstruction along a camera path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.engine.camera_paths import orbit_around, orbit_like, up_axis
from recon3d.engine.device import chosen_device
from recon3d.engine.export import refuse_existing_file
from recon3d.engine.reconstruction import Reconstruction, load
from recon3d.errors import BadInput, UsageError
from recon3d.io.camera_path import DEFAULT_FPS, read_camera_path
from recon3d.io.images import write_image, write_video
from recon3d.metrics.backgrounds import BACKGROUNDS
from recon3d.types import Cameras, Rendering

DEFAULT_SIZE = (800, 600)


@dataclass(frozen=True)
class RenderRequest:
    """`path` is "orbit", "train", "test" or a JSON file; `size` (width, height) or None for the path's own; `up` an
    axis like "-y"; `output` a folder or an MP4 file."""

    target: Path
    output: Path
    path: str = "orbit"
    size: tuple[int, int] | None = None
    frames: int = 120
    fps: float | None = None
    up: str = "-y"
    background: str = "white"
    depth: bool = False
    device: str = "auto"


def render(request: RenderRequest, overwrite: bool = False) -> int:
    """Write the pictures and return how many there are.

    Raises BadInput for targets and paths that cannot be used and for an output that exists, UsageError for other kinds
    of output, Missing for a film without its codec.
    """
    is_film = request.output.suffix.lower() == ".mp4"
    _refuse_output(request.output, is_film, overwrite)
    reconstruction = load(request.target, str(chosen_device(request.device)))
    cameras, fps = cameras_of(request, reconstruction)
    pictures = _pictures(reconstruction, cameras, request)
    if is_film:
        request.output.parent.mkdir(parents=True, exist_ok=True)
        write_video(request.output, pictures, request.fps or fps)
        return len(cameras)
    request.output.mkdir(parents=True, exist_ok=True)
    for i, picture in enumerate(pictures):
        write_image(request.output / f"{i:05d}.png", picture)
    return len(cameras)


def cameras_of(request: RenderRequest, reconstruction: Reconstruction) -> tuple[Cameras, float]:
    """The cameras of the path in the frame of the user's files, and its frames per second."""
    fps = DEFAULT_FPS
    if request.path in ("train", "test"):
        cameras = reconstruction.cameras(request.path)
    elif request.path != "orbit":
        if not Path(request.path).is_file():
            raise BadInput(request.path, "there is no such camera path", "use orbit, train, test or a JSON file")
        cameras, fps = read_camera_path(Path(request.path))
    elif request.frames < 1:
        raise UsageError(f"--frames {request.frames}", "is no number of frames", "give 1 or more")
    elif reconstruction.run is None:
        up = up_axis(request.up)
        cameras = orbit_around(reconstruction.gaussians, up, request.size or DEFAULT_SIZE, request.frames)
    else:
        cameras = orbit_like(reconstruction.cameras("train"), request.frames)
    if cameras.lens != "pinhole":
        raise BadInput(request.path, f"has cameras with a {cameras.lens} lens", "use pinhole cameras")
    return cameras if request.size is None else _of_size(cameras, request.size), fps


def _of_size(cameras: Cameras, size: tuple[int, int]) -> Cameras:
    """The same views in pictures of another size: the field of view across the height stays, the width is cut or
    widened."""
    width, height = size
    scaled = Cameras.stack(
        [c.resized(max(1, round(int(c.width[0]) * height / int(c.height[0]))), height) for c in cameras]
    )
    shifted = [c.cropped((int(c.width[0]) - width) // 2, 0, width, height) for c in scaled]
    return Cameras.stack(shifted)


def _refuse_output(output: Path, is_film: bool, overwrite: bool) -> None:
    if is_film:
        refuse_existing_file(output, overwrite)
    elif output.suffix and not output.is_dir():
        raise UsageError(output, "is neither a folder nor an MP4 file", "name a folder or FILE.mp4")
    elif output.is_dir() and any(output.iterdir()) and not overwrite:
        raise BadInput(output, "exists and is not empty", "name another --output or add --overwrite")


def _pictures(reconstruction: Reconstruction, cameras: Cameras, request: RenderRequest) -> Iterator[Tensor]:
    background = torch.tensor(BACKGROUNDS[request.background], device=reconstruction.device)
    for camera in cameras:
        rendering = reconstruction.render(camera, depth=request.depth)
        yield (shown_depth(rendering) if request.depth else rendering.over(background)[0].clamp(0, 1)).cpu()


def shown_depth(rendering: Rendering) -> Float[Tensor, "h w 3"]:
    """Depth as grey: inverse depth between the 1st and 99th percentile of what is opaque, near is white."""
    assert rendering.depth is not None
    depth, solid = rendering.depth[0], rendering.alpha[0] > 0.5
    inverse = torch.where(solid, 1 / depth.clamp_min(1e-6), 0)
    if not bool(solid.any()):
        return inverse[..., None].expand(-1, -1, 3)
    values = inverse[solid].sort().values
    far, near = values[len(values) // 100], values[-1 - len(values) // 100]
    return torch.where(solid, ((inverse - far) / (near - far).clamp_min(1e-9)).clamp(0, 1), 0)[..., None].expand(
        -1, -1, 3
    )
