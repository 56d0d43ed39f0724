"""From the photos: SIFT features matched between neighbouring views and triangulated with the given cameras."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from recon3d.encoders.start.spreading import spread_by_depth
from recon3d.geometry.rays import triangulate
from recon3d.kernels.cpu import default_threads
from recon3d.types import Cameras, LazyViews, PointCloud, Scene

MOST_FEATURES = 4000
CONTRAST = 0.02
NEIGHBOURS = 8
"""Views that each view is matched with."""
RATIO = 0.78
"""Lowe's test: the best match must be so much nearer than the second."""
MOST_REPROJECTION = 1.0
"""Pixels. Repeated patterns match wrongly but rarely land on each other's epipolar line this closely."""
LEAST_ANGLE = 1.5
"""Degrees between the two rays; below, depth is guesswork."""
LEAST_POINTS = 300


class Features(NamedTuple):
    """Places (pixels, centres at half integers) and root-SIFT descriptors of one view."""

    pixels: Float[Tensor, "n 2"]
    descriptors: Float[Tensor, "n 128"]


def start(scene: Scene, count: int, generator: torch.Generator) -> PointCloud | None:
    """Triangulated points and as many more beside them as `count` asks for; None where too few photos match."""
    views = scene.train
    pairs = neighbouring_pairs(views.cameras)
    with ThreadPoolExecutor(default_threads(), "features", torch.set_num_threads, (1,)) as pool:
        features = list(pool.map(lambda i: detect(views, i), range(len(views))))
        found = list(pool.map(lambda pair: _triangulated(views.cameras, features, *pair), pairs))
    positions, colours, owners = [], [], []
    for (i, j), (points, pixels) in zip(pairs, found, strict=True):
        if len(points) == 0:
            continue
        x, y = pixels.long().unbind(-1)
        positions.append(points)
        colours.append(views[i].images[0, y, x])
        owners.append(torch.tensor([i, j]).expand(len(points), 2))
    if sum(len(p) for p in positions) < LEAST_POINTS:
        return None
    cloud, owner = PointCloud(torch.cat(positions), torch.cat(colours)), torch.cat(owners)
    if len(cloud) > count:
        chosen = torch.randperm(len(cloud), generator=generator)[:count]
        return PointCloud(cloud.positions[chosen], cloud.colours[chosen])
    seen_by: list[Bool[Tensor, " n"]] = [(owner == i).any(-1) for i in range(len(views))]
    return spread_by_depth(cloud, views, count, generator, seen_by)


def detect(views: LazyViews, index: int) -> Features:
    """SIFT (Lowe 2004) with root-SIFT normalisation (Arandjelovic and Zisserman 2012); masked places are left out."""
    view = views[index]
    grey = cv2.cvtColor((view.images[0].numpy() * 255).astype(np.uint8), cv2.COLOR_RGB2GRAY)
    mask = None if view.masks is None else view.masks[0].numpy().astype(np.uint8)
    sift = cv2.SIFT.create(MOST_FEATURES, contrastThreshold=CONTRAST)
    keypoints, descriptors = sift.detectAndCompute(grey, mask)
    if descriptors is None:
        return Features(torch.zeros(0, 2), torch.zeros(0, 128))
    pixels = torch.tensor([k.pt for k in keypoints], dtype=torch.float32) + 0.5  # OpenCV counts from pixel centres
    root = torch.from_numpy(descriptors)
    return Features(pixels, (root / root.sum(-1, keepdim=True).clamp_min(1e-9)).sqrt())


def neighbouring_pairs(cameras: Cameras) -> list[tuple[int, int]]:
    """Pairs (i < j) of views that stand near each other and look the same way."""
    centres, forward = cameras.centres.double(), cameras.world_from_camera[:, :3, 2].double()
    distance = torch.cdist(centres, centres)
    apart = distance / distance.max().clamp_min(1e-12) + (1 - forward @ forward.mT)
    apart.fill_diagonal_(torch.inf)
    nearest = torch.argsort(apart, dim=1, stable=True)[:, : min(NEIGHBOURS, len(cameras) - 1)]
    return sorted({(min(i, int(j)), max(i, int(j))) for i, row in enumerate(nearest) for j in row})


def match(a: Features, b: Features) -> tuple[Int[Tensor, " m"], Int[Tensor, " m"]]:
    """Rows of `a` and `b` that are each other's nearest and pass the ratio test."""
    if len(a.pixels) < 2 or len(b.pixels) < 2:
        nothing = torch.zeros(0, dtype=torch.int64)
        return nothing, nothing
    similarity = a.descriptors @ b.descriptors.mT
    best = similarity.topk(2, dim=1)
    distance = (2 - 2 * best.values).clamp_min(0).sqrt()
    nearest = best.indices[:, 0]
    rows = torch.arange(len(nearest))
    mutual = best.values[:, 0] >= similarity.amax(0)[nearest]
    kept = mutual & (distance[:, 0] < RATIO * distance[:, 1])
    return rows[kept], nearest[kept]


def _triangulated(cameras: Cameras, features: list[Features], i: int, j: int) -> tuple[Tensor, Tensor]:
    first, second = match(features[i], features[j])
    return _triangulate_pair(cameras[[i, j]], features[i].pixels[first], features[j].pixels[second])


def _triangulate_pair(
    pair: Cameras, first: Float[Tensor, "n 2"], second: Float[Tensor, "n 2"]
) -> tuple[Float[Tensor, "m 3"], Float[Tensor, "m 2"]]:
    """Points that both cameras see where they were matched, and their pixels in the first."""
    if len(first) == 0:
        return torch.zeros(0, 3), torch.zeros(0, 2)
    pixels = torch.stack([first, second]).double()
    cameras = pair.to("cpu", torch.float64)
    projections = (cameras.intrinsics @ cameras.camera_from_world[:, :3])[:, None].expand(2, len(first), 3, 4)
    points = triangulate(projections, pixels)
    projected, depths = cameras.project(points)
    near_both = ((projected - pixels).norm(dim=-1) < MOST_REPROJECTION) & (depths > 0)
    towards = torch.nn.functional.normalize(points - cameras.centres[:, None], dim=-1)
    wide = (towards[0] * towards[1]).sum(-1) < np.cos(np.radians(LEAST_ANGLE))
    good = near_both.all(0) & wide & points.isfinite().all(-1)
    return points[good].float(), first[good]
