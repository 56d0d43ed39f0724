"""How much of a mesh is seen outside of the object's masks, over all views of a scene that has them.

python benchmarks/outside.py MESH SCENE [--downscale N] [--grown PIXELS]

The mesh is in the frame of the scene's files. Masks are grown by a disk of so many pixels; by default by those of DTU's
protocol, 24 where pictures are 1600 wide, fewer in smaller ones.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from recon3d import kernels
from recon3d.io.meshes import read_mesh
from recon3d.io.scene import SceneOptions, load_scene
from recon3d.metrics.culling import DISK_RADIUS, FULL_WIDTH, dilated, disk
from recon3d.types import Mesh, Views


def outside(mesh: Mesh, view: Views, grown: int | None) -> tuple[int, int]:
    """Pixels that show the mesh outside of the mask, and all that show it."""
    assert view.alpha is not None
    width, height = view.cameras.size
    radius = round(DISK_RADIUS * width / FULL_WIDTH) if grown is None else grown
    camera = kernels.Camera(
        view.cameras.camera_from_world[0].float(), view.cameras.intrinsics[0].float(), width, height
    )
    shown = kernels.rasterise(mesh.vertices.float(), mesh.faces, camera).faces >= 0
    mask = torch.from_numpy(dilated((view.alpha[0] > 0.5).numpy(), disk(radius)))
    return int((shown & ~mask).sum()), int(shown.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mesh", type=Path)
    parser.add_argument("scene", type=Path)
    parser.add_argument("--downscale", type=int)
    parser.add_argument("--grown", type=int)
    asked = parser.parse_args()
    mesh, views = read_mesh(asked.mesh), load_scene(asked.scene, SceneOptions(asked.downscale, 0)).train
    counts = [outside(mesh, views[i], asked.grown) for i in range(len(views))]
    worst, name = max((out / max(all_, 1), views.names[i]) for i, (out, all_) in enumerate(counts))
    total = sum(out for out, _ in counts) / max(1, sum(all_ for _, all_ in counts))
    print(f"{len(views)} views: {total:.3%} of the mesh's pixels are outside of the masks, {worst:.3%} in {name}")


if __name__ == "__main__":
    main()
