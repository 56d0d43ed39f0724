"""Where a field has anything to show: a grid of cells, so that rays need not ask in empty space (Müller et al. 2022,
Instant-NGP, section 5.4)."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional

from recon3d.geometry.contraction import spread_out
from recon3d.kernels import Cells
from recon3d.types import RadianceField

POINTS_AT_ONCE = 1 << 18


@runtime_checkable
class Charted(Protocol):
    """A radiance field that knows its occupied cells, and whose density alone is sooner had."""

    @property
    def cells(self) -> Cells: ...

    def density(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, " n"]: ...


@torch.no_grad()
def cells_of(field: RadianceField, resolution: int, faintest: float, like: Tensor) -> Cells:
    """Cells count as occupied where a corner of theirs, or of a neighbour's, is denser than `faintest`: a part that is
    thinner than a cell must pass by a corner to be noticed."""
    steps = torch.linspace(-field.half_size, field.half_size, resolution + 1, dtype=like.dtype, device=like.device)
    nodes = torch.cartesian_prod(steps, steps, steps)
    dense = torch.cat([field.query(some)[0] > faintest for some in nodes.split(POINTS_AT_ONCE)])
    grid = dense.view(1, 1, *(resolution + 1,) * 3).float()
    touched = functional.max_pool3d(grid, 4, stride=1, padding=2)[..., 1:-1, 1:-1, 1:-1]
    return Cells(touched[0, 0] > 0, field.half_size)


class Chart:
    """The densest that a field was found to be in every cell of late, while it is learnt: what was seen fades, so that
    a cell that has become empty is noticed."""

    FADING = 0.95

    def __init__(self, density: Float[Tensor, "c c c"], half_size: float, contracted: bool) -> None:
        self.density, self.half_size, self.contracted = density, half_size, contracted

    @staticmethod
    def unknown(resolution: int, half_size: float, contracted: bool) -> Chart:
        """Every cell may be occupied."""
        return Chart(torch.full((resolution,) * 3, torch.inf), half_size, contracted)

    def cells(self, faintest: float) -> Cells:
        """Those denser than `faintest`, or than the mean where that is less: so that a faint beginning is not cut."""
        known = self.density[self.density.isfinite()]
        mean = float(known.mean()) if len(known) else 0.0
        return Cells(self.density > min(faintest, mean), self.half_size, self.contracted)

    @torch.no_grad()
    def look_again(self, field: Charted, count: int, generator: torch.Generator) -> None:
        """At random points of `count` random cells and of as many occupied ones; at all while none is known."""
        flat = self.density.view(-1)
        if bool(flat.isinf().all()):
            chosen = torch.arange(len(flat))
        else:
            known = torch.nonzero(flat > 0).squeeze(-1)
            some = torch.randint(len(known), (count,), generator=generator)
            chosen = torch.cat([torch.randint(len(flat), (count,), generator=generator), known[some]])
        points = self._places(chosen, generator)
        found = torch.cat([field.density(some) for some in points.split(POINTS_AT_ONCE)])
        chosen = chosen.to(flat.device)
        faded = torch.where(flat[chosen].isinf(), 0, flat[chosen] * self.FADING)
        flat[chosen] = torch.maximum(faded, found)

    @torch.no_grad()
    def occupied_places(
        self, occupied: Bool[Tensor, "c c c"], count: int, generator: torch.Generator
    ) -> tuple[Float[Tensor, "n 3"], Float[Tensor, " n"]]:
        """Random points of random occupied cells, and about how long a way through such a cell is."""
        known = torch.nonzero(occupied.flatten().cpu()).squeeze(-1)
        chosen = known[torch.randint(max(1, len(known)), (count if len(known) else 0,), generator=generator)]
        first, second = (self._places(chosen, generator, share) for share in (0.25, 0.75))
        return self._places(chosen, generator), 2 * (second - first).norm(dim=-1) / 3**0.5

    def _places(
        self, cells: Int[Tensor, " n"], generator: torch.Generator, share: float | None = None
    ) -> Float[Tensor, "n 3"]:
        """Points of cells: that share of the way from corner to corner, or at random."""
        size = len(self.density)
        x, y, z = cells // size**2, cells // size % size, cells % size
        within = torch.rand(len(cells), 3, generator=generator) if share is None else torch.tensor(share)
        places = ((torch.stack([x, y, z], -1) + within) * (2 / size) - 1).to(self.density)
        return spread_out(2 * places) * self.half_size if self.contracted else places * self.half_size
