"""The similarity that lays one surface onto another, both given by samples: a search over all rotations, then ICP.

Besl and McKay 1992, "A method for registration of 3-D shapes", with the closed form of Umeyama 1991 in every step. Each
point of either cloud is paired with the nearest one of the other: pairs of one direction alone would let a cloud win by
shrinking into a corner of the other.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

Array = np.ndarray
Points = Float[Array, "n 3"]
Similarity = Float[Array, "4 4"]

ROTATIONS, SEARCHED = 1500, 160
"""Rotations tried before ICP, none is farther than about 20 degrees from one of them; and samples of either cloud that
are looked at."""
APART = math.radians(20)
"""Rotations that ICP starts from differ by as much, or else they would all lead to the same place."""
ROUNDS = ((20, 300, 12), (3, 2000, 30))
"""ICP on so many of the best similarities, with so many samples and steps: each round chooses among those of the one
before."""
STILL = 1e-4
"""ICP ends early when no entry of the similarity moves by more."""


def chamfer(a: Points, b: Points) -> float:
    """Mean of the two mean distances from the points of one cloud to the nearest of the other (not squared)."""
    return float(cKDTree(b).query(a)[0].mean() + cKDTree(a).query(b)[0].mean()) / 2


def moved(a_from_b: Similarity, points: Points) -> Points:
    """Points of frame b in frame a."""
    return points @ a_from_b[:3, :3].T + a_from_b[:3, 3]


def registered(points: Points, truth: Points) -> Similarity:
    """truth_from_points: the similarity for which the Chamfer distance is least, of those that were tried; the identity
    is one of them. The clouds are in random order, with as many points each.
    """
    tried = [np.eye(4), *_searched(points[:SEARCHED], truth[:SEARCHED])]
    for count, samples, steps in ROUNDS:
        few, few_true = points[:samples], truth[:samples]
        tried = [icp(few, few_true, start, steps) for start in tried[:count]]
        tried.sort(key=lambda s: chamfer(moved(s, few), few_true))
    return min((np.eye(4), tried[0]), key=lambda s: chamfer(moved(s, points), truth))


def icp(points: Points, truth: Points, start: Similarity, steps: int) -> Similarity:
    """truth_from_points after so many steps of iterated closest points from `start` on."""
    similarity, tree = start, cKDTree(truth)
    for _ in range(steps):
        here = moved(similarity, points)
        nearest, nearest_back = tree.query(here)[1], cKDTree(here).query(truth)[1]
        before = similarity
        similarity = fitted(np.concatenate([points, points[nearest_back]]), np.concatenate([truth[nearest], truth]))
        if np.abs(similarity - before).max() < STILL:
            break
    return similarity


def fitted(source: Points, target: Points) -> Similarity:
    """target_from_source with the least squared distances between paired points (Umeyama 1991, equations 40 to 43)."""
    middle, target_middle = source.mean(0), target.mean(0)
    centred, target_centred = source - middle, target - target_middle
    left, stretches, right = np.linalg.svd(target_centred.T @ centred)
    hand = np.sign(np.linalg.det(left @ right))  # -1 where a mirror would fit best
    stretches[2] *= hand
    left[:, 2] *= hand
    return _similarity(left @ right, stretches.sum() / (centred**2).sum(), middle, target_middle)


def all_rotations(count: int) -> Float[Array, "n 3 3"]:
    """So many rotations, spread evenly: super-Fibonacci spirals (Alexa 2022, algorithm 1)."""
    s = np.arange(count) + 0.5
    turn, other_turn = 2 * math.pi * s / math.sqrt(2), 2 * math.pi * s / 1.533751168755204288118041
    r, other_r = np.sqrt(s / count), np.sqrt(1 - s / count)
    quaternions = (r * np.sin(turn), r * np.cos(turn), other_r * np.sin(other_turn), other_r * np.cos(other_turn))
    return np.asarray(Rotation.from_quat(np.stack(quaternions, -1)).as_matrix())


def _searched(points: Points, truth: Points) -> list[Similarity]:
    """Rotations about the clouds' centres, scaled to the same spread: the one with the least Chamfer distance first."""
    middle, true_middle = points.mean(0), truth.mean(0)
    scale = _spread(truth) / _spread(points)
    centred, true_centred = scale * (points - middle), truth - true_middle
    rotations = all_rotations(ROTATIONS)
    there, _ = cKDTree(true_centred).query(centred @ rotations.transpose(0, 2, 1), workers=-1)
    back, _ = cKDTree(centred).query(true_centred @ rotations, workers=-1)
    order = np.argsort(there.mean(1) + back.mean(1))
    chosen = _far_apart(rotations[order], ROUNDS[0][0])
    return [_similarity(rotation, scale, middle, true_middle) for rotation in chosen]


def _far_apart(rotations: Float[Array, "n 3 3"], count: int) -> list[Float[Array, "3 3"]]:
    """The first so many that are not near one before them."""
    kept: list[Float[Array, "3 3"]] = []
    for rotation in rotations:
        # The trace of a rotation by an angle is 1 + 2 cos(angle).
        if len(kept) < count and all((rotation * other).sum() < 1 + 2 * math.cos(APART) for other in kept):
            kept.append(rotation)
    return kept


def _similarity(rotation: Float[Array, "3 3"], scale: float, middle: Array, target: Array) -> Similarity:
    """Turns and scales about `middle`, which comes to lie at `target`."""
    matrix = np.eye(4)
    matrix[:3, :3] = scale * rotation
    matrix[:3, 3] = target - scale * rotation @ middle
    return matrix


def _spread(points: Points) -> float:
    """Root mean square distance from the centre."""
    return float(np.sqrt(((points - points.mean(0)) ** 2).sum(1).mean()))
