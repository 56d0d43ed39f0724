"""Seeded choices, in the words that the makers of objects use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from jaxtyping import Float

from recon3d.synthesis.surface import Number

Array = np.ndarray
Choice = TypeVar("Choice")


class Dice:
    """Every choice comes from one generator, so the same seed makes the same object."""

    def __init__(self, seed: int | tuple[int, ...]) -> None:
        self.rng = np.random.default_rng(seed)

    def between(self, low: Number, high: Number) -> float:
        """A number, even between the two."""
        return float(self.rng.uniform(low, high))

    def about(self, value: Number, spread: Number = 0.15) -> float:
        """A number near `value`; `spread` is the standard deviation of its logarithm."""
        return float(value * np.exp(np.clip(self.rng.normal(), -2.5, 2.5) * spread))

    def count(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, share: Number) -> bool:
        """True in that share of the cases."""
        return bool(self.rng.random() < share)

    def sign(self) -> float:
        return 1.0 if self.chance(0.5) else -1.0

    def pick(self, options: Sequence[Choice], weights: Sequence[Number] | None = None) -> Choice:
        """One of them; `weights` need not add up to 1."""
        shares = None if weights is None else np.asarray(weights, float) / np.sum(weights)
        return options[int(self.rng.choice(len(options), p=shares))]

    def direction(self) -> Float[Array, "3"]:
        """A unit vector, even over the sphere."""
        vector = self.rng.normal(size=3)
        return np.asarray(vector / np.linalg.norm(vector))

    def place(self, size: Number) -> Float[Array, "3"]:
        """A point of the cube from -size to size."""
        return self.rng.uniform(-size, size, 3)

    def rotation(self) -> Float[Array, "3 3"]:
        """A rotation, even over all of them (Shoemake, "Uniform Random Rotations", 1992, by way of QR)."""
        q, r = np.linalg.qr(self.rng.normal(size=(3, 3)))
        q = q * np.sign(np.diag(r))
        return np.asarray(q * np.array([1.0, 1.0, np.linalg.det(q)]))

    def seed(self) -> int:
        """A seed for what wants one of its own."""
        return int(self.rng.integers(2**31))
