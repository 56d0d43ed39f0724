"""From the photos: SIFT features matched between neighbouring views and triangulated with the given cameras."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from recon3d.encoders.start.spreading import spread_by_depth
from recon3d.geometry.rays import triangulate
from recon3d.io.zooming import zoomed
from recon3d.kernels.cpu import default_threads
from recon3d.types import Cameras, PointCloud, Scene, Views

LONGEST_SIDE = 400
"""Pixels. Photos are shrunk to this: depths within a percent or two are enough to begin with."""
MOST_FEATURES = 4000
CONTRAST = 0.01
NEIGHBOURS = (1, 2, 4, 8)
"""Each view is matched with its nearest view, the second nearest, the fourth and the eighth: near ones look most alike,
and in a dense series are too near to tell depth."""
RATIO = 0.78
"""Lowe's test: the best match must be so much nearer than the second."""
MOST_REPROJECTION = 1.0
"""Pixels. Repeated patterns match wrongly but rarely land on each other's epipolar line this closely."""
LEAST_ANGLE = 1.5
"""Degrees between the two rays; below, depth is guesswork."""
LEAST_POINTS = 300


class Features(NamedTuple):
    """Places (pixels of the shrunk photo, centres at half integers) and root-SIFT descriptors of one view."""

    camera: Cameras
    pixels: Float[Tensor, "n 2"]
    descriptors: Float[Tensor, "n 128"]


def start(scene: Scene, count: int, generator: torch.Generator) -> PointCloud | None:
    """Points all over the photos at the depths of what was triangulated; None where too few places match."""
    views = scene.train
    pairs = neighbouring_pairs(views.cameras)
    with ThreadPoolExecutor(default_threads(), "features", torch.set_num_threads, (1,)) as pool:
        features = list(pool.map(lambda i: detect(views[i]), range(len(views))))
        found = list(pool.map(lambda pair: points_of_pair(features[pair[0]], features[pair[1]]), pairs))
    if sum(len(points) for points in found) < LEAST_POINTS:
        return None
    known = [[points for pair, points in zip(pairs, found, strict=True) if i in pair] for i in range(len(views))]
    return spread_by_depth([torch.cat([torch.zeros(0, 3), *points]) for points in known], views, count, generator)


def detect(view: Views) -> Features:
    """SIFT (Lowe 2004) with root-SIFT normalisation (Arandjelovic and Zisserman 2012); masked places are left out."""
    view = zoomed(view, min(1.0, LONGEST_SIDE / max(view.cameras.size)))
    grey = cv2.cvtColor((view.images[0].numpy() * 255).astype(np.uint8), cv2.COLOR_RGB2GRAY)
    mask = None if view.masks is None else view.masks[0].numpy().astype(np.uint8)
    sift = cv2.SIFT.create(MOST_FEATURES, contrastThreshold=CONTRAST)
    keypoints, descriptors = sift.detectAndCompute(grey, mask)
    if descriptors is None:
        return Features(view.cameras, torch.zeros(0, 2), torch.zeros(0, 128))
    pixels = torch.tensor([k.pt for k in keypoints], dtype=torch.float32) + 0.5  # OpenCV counts from pixel centres
    root = torch.from_numpy(descriptors)
    return Features(view.cameras, pixels, (root / root.sum(-1, keepdim=True).clamp_min(1e-9)).sqrt())


def neighbouring_pairs(cameras: Cameras) -> list[tuple[int, int]]:
    """Pairs (i < j) of views that stand near each other and look the same way."""
    centres, forward = cameras.centres.double(), cameras.world_from_camera[:, :3, 2].double()
    distance = torch.cdist(centres, centres)
    apart = distance / distance.max().clamp_min(1e-12) + (1 - forward @ forward.mT)
    apart.fill_diagonal_(torch.inf)
    ranks = [rank - 1 for rank in NEIGHBOURS if rank < len(cameras)]
    nearest = torch.argsort(apart, dim=1, stable=True)[:, ranks]
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


def points_of_pair(a: Features, b: Features) -> Float[Tensor, "m 3"]:
    """Points that both views see where they were matched."""
    first, second = match(a, b)
    if len(first) == 0:
        return torch.zeros(0, 3)
    pixels = torch.stack([a.pixels[first], b.pixels[second]]).double()
    cameras = Cameras.stack([a.camera, b.camera]).to("cpu", torch.float64)
    projections = (cameras.intrinsics @ cameras.camera_from_world[:, :3])[:, None].expand(2, len(first), 3, 4)
    points = triangulate(projections, pixels)
    projected, depths = cameras.project(points)
    near_both = ((projected - pixels).norm(dim=-1) < MOST_REPROJECTION) & (depths > 0)
    towards = torch.nn.functional.normalize(points - cameras.centres[:, None], dim=-1)
    wide = (towards[0] * towards[1]).sum(-1) < np.cos(np.radians(LEAST_ANGLE))
    return points[near_both.all(0) & wide & points.isfinite().all(-1)].float()
