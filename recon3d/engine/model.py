"""Three parts that make a system: objective(render(encode(context), target.cameras), target)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from torch import Tensor

from recon3d.types import Cameras, Rendering, Views

Encoder_co = TypeVar("Encoder_co", covariant=True)


@runtime_checkable
class Objective(Protocol):
    """How far renderings are from the truth. What it draws at random (backgrounds) follows from the seed it was made
    with; `state` is what a checkpoint keeps of that, in JSON values."""

    def __call__(self, rendering: Rendering, target: Views) -> Tensor: ...

    def state(self) -> list[int]: ...

    def restore(self, state: list[int]) -> None: ...


@runtime_checkable
class Renderer(Protocol):
    """What draws a representation; with depth where that is asked for."""

    def __call__(self, representation: Any, cameras: Cameras, /, depth: Any = False) -> Rendering: ...


@dataclass(frozen=True)
class Model(Generic[Encoder_co]):
    """`render` takes what `encode` makes: Gaussians, a radiance field, whatever the two agree on."""

    encode: Encoder_co
    render: Renderer
    objective: Callable[[Rendering, Views], Tensor]
