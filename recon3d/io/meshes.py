"""Triangle meshes as files: GLB (glTF 2.0), OBJ with its material and texture beside it, and PLY."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import torch
import trimesh
from jaxtyping import Float, UInt8
from PIL import Image
from trimesh.exchange.obj import export_obj
from trimesh.visual import ColorVisuals, TextureVisuals
from trimesh.visual.color import DEFAULT_COLOR, to_float
from trimesh.visual.material import PBRMaterial, SimpleMaterial

from recon3d.errors import BadInput, UsageError
from recon3d.geometry.colours import linear_from_srgb, srgb_from_linear
from recon3d.io.atomic import write_bytes
from recon3d.io.images import FORMATS
from recon3d.types import Mesh

SUFFIXES = (".glb", ".obj", ".ply")
MARGIN = 0.01
"""How far beyond the sides of a texture still means its side, not its repetition."""


def write_mesh(path: Path, mesh: Mesh) -> None:
    """Write the mesh in the format that the suffix names, with its texture, or else its vertex colours.

    Coordinates are written as they are; glTF wants +y up and the front towards +z. PLY holds colours of vertices only;
    those of a texture are looked up there. An OBJ file's texture is NAME.png, its material NAME.mtl. Raises UsageError
    for another suffix, and as `atomic.write_bytes`.
    """
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise UsageError(path, f"no format for {kind or 'a name without suffix'}", f"there are {', '.join(SUFFIXES)}")
    if kind == ".obj" and mesh.texture is not None:
        _write_textured_obj(path, mesh)
    else:
        write_bytes(path, _content(mesh, kind, path.stem))


def glb_of(mesh: Mesh, name: str = "mesh") -> bytes:
    """The content of a GLB file, as `write_mesh` writes it."""
    return _content(mesh, ".glb", name)


def _content(mesh: Mesh, kind: str, name: str) -> bytes:
    solid = _solid(mesh)
    if kind == ".glb" and mesh.texture is not None:
        picture = Image.fromarray(mesh.texture.numpy())
        material = PBRMaterial(baseColorTexture=picture, metallicFactor=0.0, roughnessFactor=1.0, name=name)
        solid.visual = TextureVisuals(_uv(mesh), material=material)
    elif (colours := _vertex_colours(mesh)) is not None:
        # glTF says that colours of vertices are linear, and those of textures sRGB.
        solid.visual = ColorVisuals(
            solid, vertex_colors=_with_alpha(linear_from_srgb(colours) if kind == ".glb" else colours)
        )
    content = solid.export(file_type=kind[1:])
    assert isinstance(content, (bytes, str))
    return content.encode() if isinstance(content, str) else content


def _solid(mesh: Mesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices.double().numpy(), mesh.faces.numpy(), process=False)


def _write_textured_obj(path: Path, mesh: Mesh) -> None:
    assert mesh.texture is not None
    solid = _solid(mesh)
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


def read_mesh(path: Path) -> Mesh:
    """All triangles of a GLB, OBJ or PLY file in the frame of the file (glTF means +y to be up), with its colours.

    Several objects are joined. Of one texture that is shown once, `texture` and `uv` are kept; where there are several,
    or one is repeated beyond its sides, what they show at the vertices becomes `colours`. Both are sRGB. Transparency
    is not looked at. Raises BadInput for files that are missing, broken or empty and for other formats.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(path, "is in no format that is read", f"there are {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise BadInput(path, "there is no such file", "give the path of a mesh")
    try:
        mesh = _joined([_settled(piece) for piece in _pieces(path)])
    except BadInput:
        raise
    except Exception as error:  # there is no end of what a broken file makes trimesh raise
        reason = f"cannot be read as a mesh ({error or type(error).__name__})"
        raise BadInput(path, reason, "export it again") from error
    _refuse_unusable(path, mesh)
    return mesh


def _pieces(path: Path) -> list[Mesh]:
    """The file's objects, each where the file puts it, with its own material."""
    scene = trimesh.load_scene(path, file_type=path.suffix[1:].lower(), process=False)
    solids = [solid for solid in scene.dump() if isinstance(solid, trimesh.Trimesh) and len(solid.faces)]
    if not solids:
        raise BadInput(path, "holds no triangles", "give a file with a surface in it")
    return [_piece(path, solid) for solid in solids]


def _piece(path: Path, solid: trimesh.Trimesh) -> Mesh:
    vertices, faces = solid.vertices.astype(np.float32), solid.faces.astype(np.int64)
    bare, visual = Mesh(torch.from_numpy(vertices), torch.from_numpy(faces)), solid.visual
    if isinstance(visual, TextureVisuals):
        return _with_material(path, bare, visual)
    if visual is None or visual.kind is None:
        return bare
    colours = visual.vertex_colors[:, :3] / 255
    return _coloured(bare, srgb_from_linear(colours) if path.suffix.lower() == ".glb" else colours)


def _with_material(path: Path, mesh: Mesh, visual: TextureVisuals) -> Mesh:
    image, factor = _base_colour(visual.material)
    if image is None or visual.uv is None:
        painted = visual.vertex_attributes.get("color")
        if painted is None and factor is None:
            return mesh
        light = np.ones((len(mesh.vertices), 3)) if painted is None else to_float(painted)[:, :3]
        return _coloured(mesh, srgb_from_linear(light * (1 if factor is None else factor)))
    if image.format is not None and image.format not in FORMATS:  # the decoders of some formats run programs
        raise BadInput(path, f"has a texture in the format {image.format}", f"use one of {', '.join(FORMATS)}")
    texture = np.array(image.convert("RGB"))
    if factor is not None:
        texture = np.rint(255 * srgb_from_linear(linear_from_srgb(texture / 255) * factor)).astype(np.uint8)
    uv = torch.from_numpy(np.array(visual.uv, np.float32))
    return dataclasses.replace(mesh, uv=uv, texture=torch.from_numpy(texture))


def _base_colour(material: PBRMaterial | SimpleMaterial) -> tuple[Image.Image | None, Float[np.ndarray, "3"] | None]:
    """A material's texture, and the linear colour that it, or white, is multiplied with; None for what it lacks."""
    if isinstance(material, PBRMaterial):
        factor = material.baseColorFactor
        return material.baseColorTexture, None if factor is None else factor[:3] / 255
    # Where an OBJ file's material has a texture, programs do not agree what its colour means; here nothing.
    if material.image is not None or np.array_equal(material.diffuse, DEFAULT_COLOR):
        return material.image, None
    return None, linear_from_srgb(np.asarray(material.diffuse[:3]) / 255)


def _settled(piece: Mesh) -> Mesh:
    """With colours in place of a texture that is repeated."""
    if piece.uv is None or (piece.uv.min() >= -MARGIN and piece.uv.max() <= 1 + MARGIN):
        return piece
    return _baked(dataclasses.replace(piece, uv=piece.uv - piece.uv.floor()))


def _joined(pieces: list[Mesh]) -> Mesh:
    """One mesh of all; they keep their texture if they share it."""
    first = pieces[0]
    if len(pieces) == 1:
        return first
    starts = np.cumsum([0, *(len(piece.vertices) for piece in pieces)])
    vertices = torch.cat([piece.vertices for piece in pieces])
    faces = torch.cat([piece.faces + int(start) for piece, start in zip(pieces, starts, strict=False)])
    if first.texture is not None and all(_same(piece.texture, first.texture) for piece in pieces):
        uv = torch.cat([piece.uv for piece in pieces if piece.uv is not None])
        return Mesh(vertices, faces, uv=uv, texture=first.texture)
    colours = [_baked(piece).colours for piece in pieces]
    if all(c is None for c in colours):
        return Mesh(vertices, faces)
    white = [torch.ones_like(piece.vertices) for piece in pieces]
    return Mesh(vertices, faces, torch.cat([w if c is None else c for c, w in zip(colours, white, strict=True)]))


def _same(a: torch.Tensor | None, b: torch.Tensor) -> bool:
    return a is not None and torch.equal(a, b)


def _baked(mesh: Mesh) -> Mesh:
    """Colours of the vertices in place of a texture."""
    colours = _vertex_colours(mesh)
    return Mesh(mesh.vertices, mesh.faces) if colours is None else _coloured(mesh, colours)


def _coloured(mesh: Mesh, colours: Float[np.ndarray, "n 3"]) -> Mesh:
    return Mesh(mesh.vertices, mesh.faces, torch.from_numpy(colours.astype(np.float32)))


def _refuse_unusable(path: Path, mesh: Mesh) -> None:
    if not bool(mesh.vertices.isfinite().all()):
        raise BadInput(path, "has vertices that are not finite", "export it again")
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
        raise BadInput(path, "has faces of vertices that are not there", "export it again")
