"""Triangle meshes as files: GLB (glTF 2.0), OBJ with its material and texture beside it, and PLY."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import trimesh
from jaxtyping import Float, UInt8
from PIL import Image
from trimesh.exchange.obj import export_obj
from trimesh.visual import ColorVisuals, TextureVisuals
from trimesh.visual.material import PBRMaterial, SimpleMaterial

from recon3d.errors import UsageError
from recon3d.geometry.colours import linear_from_srgb
from recon3d.io.atomic import write_bytes
from recon3d.types import Mesh

SUFFIXES = (".glb", ".obj", ".ply")


def write_mesh(path: Path, mesh: Mesh) -> None:
    """Write the mesh in the format that the suffix names, with its texture, or else its vertex colours.

    Coordinates are written as they are; glTF wants +y up and the front towards +z. PLY holds colours of vertices only;
    those of a texture are looked up there. An OBJ file's texture is NAME.png, its material NAME.mtl. Raises UsageError
    for another suffix, and as `atomic.write_bytes`.
    """
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise UsageError(path, f"no format for {kind or 'a name without suffix'}", f"there are {', '.join(SUFFIXES)}")
    solid = trimesh.Trimesh(mesh.vertices.double().numpy(), mesh.faces.numpy(), process=False)
    if kind == ".obj" and mesh.texture is not None:
        _write_textured_obj(path, solid, mesh)
        return
    if kind == ".glb" and mesh.texture is not None:
        picture = Image.fromarray(mesh.texture.numpy())
        material = PBRMaterial(baseColorTexture=picture, metallicFactor=0.0, roughnessFactor=1.0, name=path.stem)
        solid.visual = TextureVisuals(_uv(mesh), material=material)
    elif (colours := _vertex_colours(mesh)) is not None:
        # glTF says that colours of vertices are linear, and those of textures sRGB.
        solid.visual = ColorVisuals(
            solid, vertex_colors=_with_alpha(linear_from_srgb(colours) if kind == ".glb" else colours)
        )
    content = solid.export(file_type=kind[1:])
    assert isinstance(content, (bytes, str))
    write_bytes(path, content.encode() if isinstance(content, str) else content)


def _write_textured_obj(path: Path, solid: trimesh.Trimesh, mesh: Mesh) -> None:
    assert mesh.texture is not None
    material = SimpleMaterial(image=Image.fromarray(mesh.texture.numpy()), diffuse=[255] * 4, name=path.stem)
    solid.visual = TextureVisuals(_uv(mesh), material=material)
    text, files = export_obj(solid, return_texture=True, mtl_name=f"{path.stem}.mtl")
    for name, content in files.items():
        write_bytes(path.with_name(name), content)
    write_bytes(path, text.encode())


def _uv(mesh: Mesh) -> Float[np.ndarray, "n 2"]:
    assert mesh.uv is not None
    return mesh.uv.double().numpy()


def _vertex_colours(mesh: Mesh) -> Float[np.ndarray, "n 3"] | None:
    """sRGB in [0, 1]; None where the mesh has neither colours nor a texture."""
    if mesh.texture is None:
        return None if mesh.colours is None else mesh.colours.clamp(0, 1).double().numpy()
    assert mesh.uv is not None
    height, width = mesh.texture.shape[:2]
    columns = (mesh.uv[:, 0] * width).long().clamp(0, width - 1)
    rows = ((1 - mesh.uv[:, 1]) * height).long().clamp(0, height - 1)
    return (mesh.texture[rows, columns].to(torch.float64) / 255).numpy()


def _with_alpha(colours: Float[np.ndarray, "n 3"]) -> UInt8[np.ndarray, "n 4"]:
    opaque = np.ones((len(colours), 1))
    return np.rint(255 * np.concatenate([colours, opaque], 1)).astype(np.uint8)
