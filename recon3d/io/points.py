"""Sparse points as a scene's files give them, made fit to begin from."""

from __future__ import annotations

import torch

from recon3d.types import Cameras, PointCloud

POINT_LIMIT = 2_000_000
BEHIND_IS_SUSPICIOUS = 0.8  # share of points behind a camera, averaged over cameras


def usable_points(points: PointCloud | None, cameras: list[Cameras]) -> tuple[PointCloud | None, list[str]]:
    """The finite points, evenly thinned to POINT_LIMIT, or None if there are none; and notes about what was done."""
    if points is None:
        return None, []
    if len(points) == 0:
        return None, ["there are no sparse points"]
    notes = []
    finite = points.positions.isfinite().all(-1)
    if not finite.all():
        notes.append(f"{int((~finite).sum())} of {len(points)} points are not finite and were left out")
        points = PointCloud(points.positions[finite], points.colours[finite])
    if len(points) > POINT_LIMIT:
        step = -(-len(points) // POINT_LIMIT)
        notes.append(f"of {len(points)} points one in {step} is used")
        points = PointCloud(points.positions[::step].clone(), points.colours[::step].clone())
    if len(points) and _share_behind(points, cameras) > BEHIND_IS_SUSPICIOUS:
        notes.append("most points lie behind the cameras: were OpenGL and OpenCV camera axes mixed up?")
    return points if len(points) else None, notes


def _share_behind(points: PointCloud, cameras: list[Cameras]) -> float:
    sample = points.positions[:: len(points) // 1000 + 1].double()
    stacked = torch.cat([camera.camera_from_world for camera in cameras])
    depths = sample @ stacked[:, 2, :3].mT + stacked[:, 2, 3]
    return float((depths <= 0).double().mean())
