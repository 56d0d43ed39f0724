"""An object in the frame of its photo: turned to the camera, and as large and as central as photos are framed."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from recon3d.geometry.photo_frame import DISTANCE, FOCAL, FOREGROUND, HALF_SIZE
from recon3d.synthesis.lighting import fibonacci_sphere
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.surface import Number
from recon3d.types import Cameras

Array = np.ndarray

DIRECTIONS = 500
"""In which an object is measured; a corner between two of them is less than 1 / 1000 of the object farther out."""
STEPS, ENOUGH = 30, 1e-4
"""At most so many steps of framing; it ends when less than this share of the picture is amiss."""


def photo_from_object(dice: Dice, vertices: Float[Tensor, "n 3"]) -> Float[Tensor, "4 4"]:
    """A similarity to the frame of a photo taken from anywhere, though most likely from eye height.

    Directions along which the object is so long that it would leave the cube of HALF_SIZE are not taken.
    """
    points = outermost(vertices.numpy())
    while True:
        elevation = dice.between(-5, 35) if dice.chance(0.88) else dice.between(-30, 70)
        turn = turned_to(dice.between(0, 360), elevation)
        scale, shift = framed(points @ turn.T)
        if np.abs(scale * points @ turn.T + shift).max() <= HALF_SIZE:
            matrix = np.eye(4)
            matrix[:3, :3], matrix[:3, 3] = scale * turn, shift
            return torch.from_numpy(matrix)


def outermost(points: Float[Array, "n 3"]) -> Float[Array, "m 3"]:
    """Those of the points that are the farthest in one of many directions: all that framing depends on."""
    farthest = (fibonacci_sphere(DIRECTIONS).astype(points.dtype) @ points.T).argmax(1)
    return points[np.unique(farthest)].astype(np.float64)


def turned_to(azimuth: Number, elevation: Number) -> Float[Array, "3 3"]:
    """The rotation that brings a direction (degrees) to the x axis, and what is above it to z."""
    a, e = np.radians([azimuth, elevation])
    towards = np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
    right = np.array([-np.sin(a), np.cos(a), 0.0])
    return np.stack([towards, right, np.cross(towards, right)])


def framed(points: Float[Array, "n 3"]) -> tuple[float, Float[Array, "3"]]:
    """Scale and shift after which the bounding square of the points' pictures is central and takes FOREGROUND of the
    photo's side, while the middle of their depths is the origin's. Found by fixed-point iteration."""
    low, high = points.min(0), points.max(0)
    middle, scale = (low + high) / 2, 0.5 / np.linalg.norm(high - low)
    points, shift = points - middle, np.zeros(3)
    for _ in range(STEPS):
        places = scale * points + shift
        flat = FOCAL * places[:, 1:] / (DISTANCE - places[:, :1])
        low, high = flat.min(0), flat.max(0)
        side = (high - low).max()
        shift[1:] -= DISTANCE / FOCAL * (low + high) / 2
        # Less than all that is missing, for what comes nearer grows more.
        scale *= (FOREGROUND / side) ** 0.75
        if abs(side - FOREGROUND) + np.abs(low + high).max() < ENOUGH:
            break
    return float(scale), shift - scale * middle


def photo_camera(side: int) -> Cameras:
    """The photo's, for a picture of so many pixels."""
    return cameras_at(np.array([[0.0, 0.0]]), side)


def target_cameras(dice: Dice, count: int, side: int) -> Cameras:
    """The photo's camera, one near it, and others all around, a little above it more often than below."""
    near = [dice.between(-40, 40), dice.between(-20, 30)]
    far = [[dice.between(0, 360), np.degrees(np.arcsin(dice.between(-0.5, 0.87)))] for _ in range(count)]
    return cameras_at(np.array([[0.0, 0.0], near, *far][:count]), side)


def cameras_at(angles: Float[Array, "v 2"], side: int) -> Cameras:
    """Cameras at (azimuth, elevation) in degrees, DISTANCE from the origin, at which they look."""
    a, e = np.radians(angles).T
    centres = DISTANCE * np.stack([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)], -1)
    return Cameras.facing_origin(torch.from_numpy(centres).float(), FOCAL).resized(side, side)
