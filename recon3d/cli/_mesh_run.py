"""`recon3d mesh RUN`: the flags that only a fit's mesh has, and what becomes of them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

DESCRIPTION = """turn a finished fit into a mesh

The cameras that the fit learnt from look at it again; the depth they see is fused to a surface, which is painted with
their photos, or with renders where the photos are gone. The mesh is in the frame of the scene's files.
"""
TEXTURE = 2048
"""Texels along the texture's side, unless the user says otherwise: a scene's photos show more than a single one."""
SWITCHES = ("--vertex-colours", "--watertight", "--overwrite", "--paint.no-photo")


@dataclass(frozen=True)
class Arguments:
    run: Annotated[Path, tyro.conf.Positional]
    """Run folder that recon3d fit has made."""
    output: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """GLB, OBJ or PLY file; by default mesh.glb in the run folder."""
    scene: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Where the photos are now, if they have been moved since the fit."""
    faces: Annotated[int, tyro.conf.arg(metavar="N")] = 100_000
    """Thin the mesh out to so many faces at most; 0 keeps all."""
    vertex_colours: bool = False
    """Colour the vertices instead of a texture."""
    watertight: bool = False
    """Make sure that the mesh bounds a solid, for 3D printing or simulation: what no camera saw is filled."""
    render: Literal["none", "png", "mp4"] = "none"
    """Show the mesh from all around, beside it: png is a sheet of 8 views, mp4 a film of one turn."""
    device: str = "auto"
    """Where depth is rendered: auto, cpu, cuda or cuda:N."""
    overwrite: bool = False
    """Replace files that exist."""


def names_a_run(words: list[str]) -> bool:
    """Whether what is to be meshed is a folder: photos are files. Values of flags are no such words."""
    before = ["", *words]
    return any(
        not word.startswith("-") and Path(word).is_dir() and not _takes_a_value(before[i])
        for i, word in enumerate(words)
    )


def _takes_a_value(word: str) -> bool:
    return word.startswith("--") and "=" not in word and word not in SWITCHES


def run(words: list[str]) -> int:
    from recon3d.engine.mesh_run import MeshRunRequest, mesh_run
    from recon3d.meshing import texture, tsdf, vertex_colours

    parts = [
        ("surface", tsdf.Config, dataclasses.field(default_factory=tsdf.Config)),
        ("paint", texture.Config, dataclasses.field(default_factory=lambda: texture.Config(size=TEXTURE))),
    ]
    flags = dataclasses.make_dataclass("Arguments", parts, bases=(Arguments,), frozen=True)
    config = (tyro.conf.FlagCreatePairsOff,)
    asked: Any = tyro.cli(flags, args=words, prog="recon3d mesh", description=DESCRIPTION, config=config)
    values = {field.name: getattr(asked, field.name) for field in dataclasses.fields(asked)}
    if values.pop("vertex_colours"):
        values["paint"] = vertex_colours.Config(asked.paint.photo, asked.paint.points_at_once)
    values["output"] = asked.output or asked.run / "mesh.glb"
    mesh_run(MeshRunRequest(**values), print)
    return 0
