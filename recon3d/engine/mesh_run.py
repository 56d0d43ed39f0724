"""From a finished fit to a mesh in the frame of the user's files: depth seen by its cameras, fused."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.engine.camera_paths import middle_of
from recon3d.engine.device import chosen_device
from recon3d.engine.mesh_files import Pictured, check_outputs, rendering_of
from recon3d.engine.reconstruction import Reconstruction, load
from recon3d.engine.run_folder import RunFolder
from recon3d.engine.turntable import write_turntable
from recon3d.errors import BadInput
from recon3d.io.meshes import write_mesh
from recon3d.meshing import texture, tsdf, vertex_colours
from recon3d.meshing.culling import culled
from recon3d.meshing.depth_maps import DepthMap, depth_map
from recon3d.meshing.finishing import finished
from recon3d.meshing.isosurface import Config as GridConfig
from recon3d.meshing.isosurface import filled_grid, marched_cubes
from recon3d.meshing.solids import report_of
from recon3d.representations.signed_distance import SignedDistance
from recon3d.types import Cameras, LazyViews, Mesh, Rendering, Views

Say = Callable[[str], None]

GRID = GridConfig(resolution=384)
"""On which a level set is looked for."""


@dataclass(frozen=True)
class MeshRunRequest:
    """What the user asked for."""

    run: Path
    output: Path
    surface: tsdf.Config = field(default_factory=tsdf.Config)
    paint: texture.Config | vertex_colours.Config = field(default_factory=texture.Config)
    scene: Path | None = None
    """Where the photos are now; by default where they were."""
    faces: int = 0
    """No more than so many; 0 keeps all."""
    watertight: bool = False
    """Make sure that the mesh bounds a solid."""
    render: Pictured = "none"
    """Pictures of the mesh from all around, beside it."""
    device: str = "auto"
    """Where depth is rendered: auto, cpu, cuda or cuda:N."""
    overwrite: bool = False


@dataclass(frozen=True)
class Sources:
    """What a mesh is made of: a reconstruction, the cameras that it was learnt from, and their photos if they are
    still there."""

    reconstruction: Reconstruction
    cameras: Cameras
    photos: LazyViews | None

    def __len__(self) -> int:
        return len(self.cameras)

    def __getitem__(self, index: int) -> Views:
        """What a camera saw, or else what it sees of the reconstruction."""
        if self.photos is not None:
            return self.photos[index]
        seen = self.reconstruction.render(self.cameras[index])
        return Views(self.cameras[index], seen.colour.clamp(0, 1).cpu(), seen.alpha.cpu())

    def mask(self, index: int) -> Tensor | None:
        """The pixels of a photo that show the object; None where the photo does not say."""
        view = None if self.photos is None else self.photos[index]
        return None if view is None or view.alpha is None else view.alpha[0] > 0


def mesh_run(request: MeshRunRequest, say: Say) -> None:
    """The surface of a fit as a mesh file; beside it, if they are asked for, pictures of it (NAME.render.png or .mp4).

    Raises as `check_outputs`, `chosen_device`, `load` and `RunFolder.read_scene`, and BadInput for a run without a
    surface.
    """
    began = time.perf_counter()
    check_outputs((request.output,), request.render, request.overwrite)
    sources = sources_of(request, say)
    bare = finished(surface_of(sources, request, say), request.faces, request.watertight)
    mesh = painted(bare, sources, request.paint)
    request.output.parent.mkdir(parents=True, exist_ok=True)
    write_mesh(request.output, mesh)
    say(f"{request.output}: {len(mesh.faces)} faces, {report_of(bare)}; {time.perf_counter() - began:.1f} s")
    if request.render != "none":
        write_turntable(rendering_of(request.output, request.render), mesh.moved(upright(sources.cameras, bare)))
        say(f"{rendering_of(request.output, request.render)}: the mesh from all around")


def sources_of(request: MeshRunRequest, say: Say) -> Sources:
    """Photos that are gone are said, unless the user told where they are: then they have to be there."""
    RunFolder.open(request.run)
    reconstruction = load(request.run, str(chosen_device(request.device)))
    assert reconstruction.run is not None
    try:
        photos = reconstruction.run.read_scene(request.scene).train
    except BadInput as error:
        if request.scene is not None:
            raise
        say(f"note: without the photos the mesh takes the colours of renders ({error})")
        photos = None
    return Sources(reconstruction, reconstruction.cameras("train"), photos)


def surface_of(sources: Sources, request: MeshRunRequest, say: Say) -> Mesh:
    """The bare surface of any reconstruction: of a signed distance its zero; whatever else can be rendered has depth,
    which is fused."""
    if isinstance(sources.reconstruction.representation, SignedDistance):
        return level_set(sources)
    views = [depth_seen(sources, i, request.surface.opaque) for i in range(len(sources))]
    mesh = tsdf.Tsdf(request.surface)(views, say, closed=request.watertight)
    if request.watertight:  # what would be cut away was not filled
        return mesh
    return _kept(mesh, sources)


def level_set(sources: Sources) -> Mesh:
    """The zero of a signed distance, less what no camera sees; it is closed where they see all of it."""
    reconstruction = sources.reconstruction
    field, device = reconstruction.representation, reconstruction.device
    assert isinstance(field, SignedDistance)
    distance = field.signed_distance
    grid = filled_grid(lambda points: -distance(points.to(device)).cpu(), field.half_size, 0.0, GRID)
    mesh = marched_cubes(grid.values, 0.0, field.half_size)
    return _kept(mesh.moved(torch.linalg.inv(reconstruction.world_from_input.double()).float()), sources)


def _kept(mesh: Mesh, sources: Sources) -> Mesh:
    kept = culled(mesh, ((sources.cameras[i], sources.mask(i)) for i in range(len(sources))))
    if not len(kept.faces):
        raise BadInput("surface", "there is none where the photos have one", "fit for longer")
    return kept


def depth_seen(sources: Sources, index: int, opaque: float) -> DepthMap:
    """The depth that a camera sees, where the photo, if it has alpha or a mask, says that there is anything."""
    rendering = rendered_depth(sources.reconstruction, sources.cameras[index])
    assert rendering.depth is not None
    alpha, mask = rendering.alpha[0].cpu(), None
    if sources.photos is not None:
        photo = sources.photos[index]
        alpha = alpha if photo.alpha is None else alpha.minimum(photo.alpha[0])
        mask = None if photo.masks is None else photo.masks[0]
    return depth_map(sources.cameras[index], rendering.depth[0].cpu(), alpha, mask, opaque)


def rendered_depth(reconstruction: Reconstruction, camera: Cameras) -> Rendering:
    """Depth of surfaces: the nearer it is to where a ray first meets one, the better the mesh."""
    return reconstruction.render(camera, depth="surface")


def painted(bare: Mesh, sources: Sources, config: texture.Config | vertex_colours.Config) -> Mesh:
    """In the colours of the photos, or of renders if there are none or they are not wanted."""
    pictures = sources if config.photo else Sources(sources.reconstruction, sources.cameras, None)
    shown: Any = config if config.photo else type(config)(**{**vars(config), "photo": True})
    paint = texture.Texture(shown) if isinstance(shown, texture.Config) else vertex_colours.VertexColours(shown)
    return paint(bare, None, pictures)


def upright(cameras: Cameras, mesh: Mesh) -> Float[Tensor, "4 4"]:
    """Turns a mesh as glTF wants it: y up, where the cameras' pictures have it, the first camera before it; of size
    1."""
    _, up = middle_of(cameras)
    towards = (cameras.centres[0] - mesh.vertices.mean(0)).double()
    right = torch.nn.functional.normalize(torch.linalg.cross(up, towards), dim=0)
    size = float((mesh.vertices.amax(0) - mesh.vertices.amin(0)).max())
    turn = torch.eye(4)
    turn[:3, :3] = torch.stack([right, up, torch.linalg.cross(right, up)]).float() / max(size, 1e-30)
    return turn
