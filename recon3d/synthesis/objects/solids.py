"""Closed triangle meshes that remember where they came from, and how to move and bend them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from recon3d.synthesis.noise import solid_noise
from recon3d.synthesis.surface import Number, smooth_normals

Array = np.ndarray

VOLUMES = 6
"""So many different volumes of noise are made; what is read of them is shifted by the seed."""


@dataclass(frozen=True)
class Solid:
    """n vertices and f triangles, counter-clockwise from outside, every edge shared by two of them.

    `rest` are the vertices before anything was moved or bent: where materials are read, so that stripes bend along.
    """

    vertices: Float[Array, "n 3"]
    faces: Int[Array, "f 3"]
    rest: Float[Array, "n 3"]

    @staticmethod
    def of(vertices: Float[Array, "n 3"], faces: Int[Array, "f 3"]) -> Solid:
        """A solid at rest, turned outside out if need be."""
        return Solid(vertices, faces if signed_volume(vertices, faces) >= 0 else faces[:, ::-1], vertices)

    def moved(self, linear: Float[Array, "3 3"]) -> Solid:
        """The solid under a linear map, mirrors included."""
        faces = self.faces if np.linalg.det(linear) > 0 else self.faces[:, ::-1]
        return dataclasses.replace(self, vertices=self.vertices @ linear.T, faces=faces)

    def at(self, *shift: Number) -> Solid:
        """Shifted by (x, y, z)."""
        return dataclasses.replace(self, vertices=self.vertices + np.array(shift, float))

    def scaled(self, x: Number, y: Number, z: Number) -> Solid:
        return self.moved(np.diag([x, y, z]).astype(float))

    def turned(self, axis: str, degrees: Number) -> Solid:
        """Turned about "x", "y" or "z", counter-clockwise when the axis points at the viewer."""
        return self.moved(turn(axis, degrees))

    def mirrored(self, axis: str) -> Solid:
        """Its mirror image across the plane through the origin that the axis is normal to."""
        scale = np.ones(3)
        scale["xyz".index(axis)] = -1
        return self.moved(np.diag(scale))

    def warped(self, place: Callable[[Float[Array, "n 3"]], Float[Array, "n 3"]]) -> Solid:
        """The solid with every vertex put elsewhere; `place` must not fold space."""
        return dataclasses.replace(self, vertices=place(self.vertices))

    def rested(self) -> Solid:
        """The solid as it is now taken for its rest."""
        return dataclasses.replace(self, rest=self.vertices)


def signed_volume(vertices: Float[Array, "n 3"], faces: Int[Array, "f 3"]) -> float:
    """By the divergence theorem; negative for a surface turned inside out."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return float(np.einsum("ni,ni->", a, np.cross(b, c)) / 6)


def turn(axis: str, degrees: Number) -> Float[Array, "3 3"]:
    """The rotation about a coordinate axis."""
    i = "xyz".index(axis)
    j, k = (i + 1) % 3, (i + 2) % 3
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(3)
    matrix[j, j], matrix[j, k], matrix[k, j], matrix[k, k] = c, -s, s, c
    return matrix


def aimed(direction: Float[Array, "3"]) -> Float[Array, "3 3"]:
    """A rotation that brings the z axis to a direction."""
    forward = direction / np.linalg.norm(direction)
    across = np.cross(np.eye(3)[np.argmin(np.abs(forward))], forward)
    across /= np.linalg.norm(across)
    return np.stack([across, np.cross(forward, across), forward], -1)


def twisted(solid: Solid, degrees: Number) -> Solid:
    """Turned about z, the more the higher: by `degrees` per unit."""

    def place(p: Array) -> Array:
        angle = np.radians(degrees) * p[:, 2]
        c, s = np.cos(angle), np.sin(angle)
        return np.stack([c * p[:, 0] - s * p[:, 1], s * p[:, 0] + c * p[:, 1], p[:, 2]], -1)

    return solid.warped(place)


def tapered(solid: Solid, share: Number) -> Solid:
    """Narrower towards the top: its upper end measures `share` of the lower."""
    low, high = solid.vertices[:, 2].min(), solid.vertices[:, 2].max()

    def place(p: Array) -> Array:
        scale = 1 + (share - 1) * (p[:, 2:] - low) / max(high - low, 1e-9)
        return np.concatenate([p[:, :2] * scale, p[:, 2:]], -1)

    return solid.warped(place)


def bent(solid: Solid, degrees: Number) -> Solid:
    """The z axis bent to an arc in the plane of x and z, its length kept; `degrees` in all."""
    low, high = solid.vertices[:, 2].min(), solid.vertices[:, 2].max()
    radius = (high - low) / np.radians(degrees if abs(degrees) > 1e-3 else 1e-3)

    def place(p: Array) -> Array:
        angle = (p[:, 2] - low) / radius
        out = radius - p[:, 0]
        return np.stack([radius - out * np.cos(angle), p[:, 1], low + out * np.sin(angle)], -1)

    return solid.warped(place)


def flattened(solid: Solid, share: Number) -> Solid:
    """What is below 0 pressed to that share of its depth: something that lies or stands."""
    return solid.warped(lambda p: np.stack([p[:, 0], p[:, 1], np.maximum(p[:, 2], share * p[:, 2])], -1))


def rough(solid: Solid, height: Number, wavelength: Number, seed: int) -> Solid:
    """Displaced along its normals by solid noise of standard deviation `height`."""
    normals = smooth_normals(solid.vertices, solid.faces)
    return dataclasses.replace(
        solid, vertices=solid.vertices + height * noise(solid.vertices, wavelength, seed)[:, None] * normals
    )


def noise(points: Float[Array, "n 3"], wavelength: Number, seed: int) -> Float[Array, " n"]:
    """Solid noise, mean 0 and standard deviation 1; volumes are shared between seeds, for they take long to make."""
    shift = np.random.default_rng(seed).uniform(0, 60, 3)
    return solid_noise(points + shift * wavelength, seed % VOLUMES, wavelength)
