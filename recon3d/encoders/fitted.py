"""What all encoders have in common that ignore their input and return what they have learnt of one scene."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from recon3d.types import RadianceField, Scene, Views


class Begun(NamedTuple):
    """A fit that begins."""

    encoder: Any
    scene: Scene
    """The scene in the world that it is learnt in."""
    note: str
    """One line about what there is to begin with."""


@runtime_checkable
class FittedEncoder(Protocol):
    """A `free_*` file. Its class has, besides, the static methods

    begin(scene, seed, config, *upkeep) -> Begun
    restored(state, config, *upkeep) -> encoder, the inverse of `state`

    where `upkeep` is the part that the recipe's section "density" names, if there is one.
    """

    def __call__(self, context: Views | None) -> Any: ...

    def to(self, device: Any) -> Any:
        """Moves everything that is optimised; returns itself."""
        ...

    def penalty(self, covered: Float[Tensor, ""]) -> Float[Tensor, ""]:
        """What to add to the loss of what was just returned, which covers this share of the picture."""
        ...

    def learn(self, progress: float, size: tuple[int, int]) -> None:
        """One step from the gradients of the last loss, seen in a picture of (width, height); then upkeep."""
        ...

    def check(self) -> None:
        """Raises Diverged where what was learnt makes no sense any more."""
        ...

    def summary(self) -> tuple[str, dict[str, Any]]:
        """What there is to tell of the fit while it runs, in words and in JSON values."""
        ...

    def state(self) -> dict[str, Tensor]:
        """Everything that the next step depends on, as named tensors: what a checkpoint holds."""
        ...


@runtime_checkable
class FittedField(FittedEncoder, Protocol):
    """One whose result is a radiance field."""

    def weights(self) -> dict[str, Tensor]:
        """The field as named tensors: what a run's folder holds."""
        ...

    @staticmethod
    def field_of(weights: dict[str, Tensor], config: Any) -> RadianceField:
        """The field that `weights` tells of. KeyError where a tensor is missing."""
        ...
