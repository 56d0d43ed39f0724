"""Fixtures computed with public reference implementations: settings, weights by their published names, tensors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

TOLERANCE = {torch.float64: 1e-5, torch.float32: 1e-4}


class Fixture:
    """One system's fixture. Tensors come in `dtype`."""

    def __init__(self, shared: Path, system: str, dtype: torch.dtype) -> None:
        self.folder, self.dtype = shared / "parity" / system, dtype
        if not self.folder.is_dir():
            pytest.skip(f"the {system} fixture is absent")
        self.config: dict[str, Any] = json.loads((self.folder / "config.json").read_text())
        self.settings: dict[str, Any] = self.config["hyper_parameters"]
        self.tensors = {name: t.to(dtype) for name, t in load_file(self.folder / "io.safetensors").items()}

    def __getitem__(self, name: str) -> Tensor:
        return self.tensors[name]

    def weights(self) -> dict[str, Tensor]:
        return load_file(self.folder / "weights.safetensors")

    def check(self, name: str, ours: Tensor) -> None:
        """Asserts that our tensor is the fixture's, by max|a-b| / max|b|."""
        self.close(ours, self[name])

    def close(self, ours: Tensor, theirs: Tensor) -> None:
        assert ours.dtype == self.dtype
        assert ours.shape == theirs.shape
        assert float((ours - theirs).abs().max()) <= TOLERANCE[self.dtype] * float(theirs.abs().max())
