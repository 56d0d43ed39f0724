"""The hash grid as a field, and the chart of where a field is empty."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from recon3d.encoders.learnt import Learnt, touched
from recon3d.errors import Diverged
from recon3d.geometry.contraction import contracted, spread_out
from recon3d.kernels import Cells
from recon3d.kernels.reference import occupied
from recon3d.representations.hash_grid import GridConfig, HashGrid, PerceptronConfig, grid_levels
from recon3d.representations.occupancy import Chart

GRID = GridConfig(levels=3, coarsest=4, finest=16, rows_log2=10)
EVERYWHERE = Cells(None, 1.0)


def some_field(cells: Cells = EVERYWHERE) -> HashGrid:
    parameters = HashGrid.begin(GRID, PerceptronConfig(hidden=16), torch.Generator().manual_seed(1))
    parameters["table"] = torch.randn(parameters["table"].shape, generator=torch.Generator().manual_seed(2))
    return HashGrid(parameters, grid_levels(GRID), cells)


def test_levels_grow_by_one_factor_and_share_rows_when_there_are_too_many() -> None:
    levels = grid_levels(GridConfig(levels=5, coarsest=16, finest=256, rows_log2=14))
    assert levels.resolutions == (16, 32, 64, 128, 256)
    assert [b - a for a, b in zip(levels.starts, levels.starts[1:], strict=False)] == [4920, *[1 << 14] * 4]


def test_density_is_that_of_the_query_and_has_no_direction() -> None:
    field, points = some_field(), torch.rand(50, 3) * 2 - 1
    directions = torch.nn.functional.normalize(torch.randn(50, 3), dim=-1)
    density, colour = field.query(points, directions)
    torch.testing.assert_close(density, field.density(points))
    other_density, other_colour = field.query(points, -directions)
    assert torch.equal(density, other_density)
    assert float((colour - other_colour).abs().max()) > 1e-3
    assert 0 <= float(colour.min()) <= float(colour.max()) <= 1


def test_a_contracted_field_answers_far_away_but_not_for_ever_anew() -> None:
    near, far = some_field(), some_field(Cells(None, 1.0, contracted=True))
    out = torch.tensor([[5.0, 0.2, 0.1], [500.0, 20.0, 10.0]])
    assert torch.equal(near.density(out[:1]), near.density(out[:1].clamp(-1, 1)))
    assert float((far.density(out[:1]) - far.density(torch.tensor([[1.0, 0.04, 0.02]]))).abs()) > 1e-4
    assert bool(far.density(out).isfinite().all())


def test_what_is_spread_out_was_contracted() -> None:
    points = torch.randn(200, 3, dtype=torch.float64) * 3
    torch.testing.assert_close(spread_out(contracted(points)), points)


@dataclass
class Ball:
    """Dense within a radius, which may be changed."""

    radius: float
    cells: Cells = EVERYWHERE

    def density(self, points: Tensor) -> Tensor:
        return 50.0 * (points.norm(dim=-1) < self.radius)


@pytest.mark.parametrize("is_contracted", [False, True])
def test_a_chart_finds_what_is_dense_and_forgets_what_is_not(is_contracted: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    chart = Chart.unknown(16, 1.0, is_contracted)
    assert chart.cells(1.0).occupied is not None
    assert bool(chart.cells(1.0).occupied.all())
    ball = Ball(0.7)
    for _ in range(30):
        chart.look_again(ball, 800, generator)
    cells = chart.cells(1.0)
    inside = torch.randn(4000, 3, generator=generator) * 0.3
    inside = inside[inside.norm(dim=-1) < 0.55]
    assert bool(occupied(inside, cells).all())
    assert not bool(occupied(torch.tensor([[0.95, 0.95, 0.95]]), cells).any())
    before = int(cells.occupied.sum())
    ball.radius = 0.3
    for _ in range(200):
        chart.look_again(ball, 800, generator)
    assert int(chart.cells(1.0).occupied.sum()) < before / 3


def test_random_places_lie_in_occupied_cells_and_know_their_size() -> None:
    for is_contracted in (False, True):
        chart = Chart(torch.zeros(8, 8, 8), 1.0, is_contracted)
        chart.density[3, 4, 4] = chart.density[0, 2, 5] = 2.0
        cells = chart.cells(1.0)
        assert cells.occupied is not None
        points, lengths = chart.occupied_places(cells.occupied, 50, torch.Generator().manual_seed(0))
        assert points.shape == (50, 3)
        assert bool(occupied(points, cells).all())
        if is_contracted:
            assert float(lengths.max()) > 2 * float(lengths.min())  # the outer of the two is larger
        else:
            torch.testing.assert_close(lengths, torch.full((50,), 0.25))
        none = chart.occupied_places(torch.zeros(8, 8, 8, dtype=torch.bool), 50, torch.Generator())
        assert len(none[0]) == len(none[1]) == 0


def test_a_faint_beginning_is_not_cut() -> None:
    chart = Chart(torch.full((4, 4, 4), 0.5), 1.0, False)
    chart.density[0, 0, 0] = 0.9
    assert int(chart.cells(10.0).occupied.sum()) == 1  # above the mean, though below what counts as empty


def test_rows_that_were_not_touched_wait() -> None:
    learnt = Learnt.new({"table": torch.ones(5, 4), "layer": torch.ones(3, 2)})
    learnt.parameters["table"].grad = torch.zeros(5, 4).index_fill(0, torch.tensor([1, 3]), 2.0)
    learnt.parameters["layer"].grad = torch.zeros(3, 2)
    learnt.parameters["layer"].grad[0, 0] = -1.0
    learnt.step(0.1, 1, sparse=("table",))
    assert torch.equal(learnt.parameters["table"][[0, 2, 4]], torch.ones(3, 4))
    torch.testing.assert_close(learnt.parameters["table"][[1, 3]], torch.full((2, 4), 0.9))
    torch.testing.assert_close(learnt.parameters["layer"], torch.tensor([[1.1, 1], [1, 1], [1, 1]]))
    again = Learnt.restored(learnt.state())
    assert all(torch.equal(a, b) for a, b in zip(learnt.state().values(), again.state().values(), strict=True))


def test_touched_rows() -> None:
    gradient = torch.zeros(6, 4)
    gradient[1, 3], gradient[4, 0] = 1e-30, -2
    assert touched(gradient).tolist() == [False, True, False, False, True, False]
    assert touched(gradient[:, :3].contiguous()).tolist() == [False, False, False, False, True, False]


def test_what_is_not_finite_is_noticed() -> None:
    learnt = Learnt.new({"layer": torch.ones(3)})
    learnt.check(7)
    with torch.no_grad():
        learnt.parameters["layer"][1] = torch.nan
    with pytest.raises(Diverged, match="step 7"):
        learnt.check(7)
