"""Hash grid, perceptron, samples of rays and compositing: the specification against its words, the C++ twins against
the specification."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from recon3d import kernels
from recon3d.geometry.contraction import contracted
from recon3d.kernels import Cells, GridLevels, RayBundle, cpu, reference

needs_cpu = pytest.mark.skipif(cpu.instruction_set() is None, reason="the CPU kernels were not built")


def close(actual: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
    """By the largest of the expected numbers."""
    scale = float(expected.abs().max()) if expected.numel() else 0.0
    torch.testing.assert_close(actual.double(), expected.double(), atol=tolerance * scale + 1e-9, rtol=tolerance)


def random_parameters(widths: tuple[int, ...]) -> list[Tensor]:
    shapes = [shape for i, o in pairwise(widths) for shape in ((o, i), (o,))]
    return [torch.randn(shape) / shape[-1] ** 0.5 for shape in shapes]


# Hash grid

LEVELS = [
    GridLevels((4, 7), (0, 125, 125 + 512)),  # every node has its row
    GridLevels((3, 16, 61), (0, 64, 64 + 256, 64 + 256 + 1024)),  # nodes share rows
    GridLevels((1,), (0, 8)),
]


@needs_cpu
@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("features", cpu.GRID_FEATURES)
@pytest.mark.parametrize("count", [0, 1, 37, 5000])
def test_hash_grids_are_twins(levels: GridLevels, features: int, count: int) -> None:
    torch.manual_seed(count + features)
    table, points = torch.randn(levels.starts[-1], features), torch.rand(count, 3) * 1.2 - 0.1
    d_out = torch.randn(count, features * len(levels.resolutions))
    results = []
    for encode, dtype in ((cpu.hash_encode, torch.float32), (reference.hash_encode, torch.float64)):
        learnt = table.to(dtype).requires_grad_()
        out = encode(learnt, points.to(dtype), levels)
        (gradient,) = torch.autograd.grad(out, learnt, d_out.to(dtype))
        results.append((out.detach(), gradient))
    for actual, expected in zip(*results, strict=True):
        close(actual, expected)


def test_a_dense_level_is_trilinear() -> None:
    """A grid whose nodes hold a linear function gives it back, and its slope as the gradient."""
    side, slope = 5, torch.tensor([2.0, -3.0, 0.5], dtype=torch.float64)
    axis = torch.arange(side + 1) / side
    z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
    table = (torch.stack([x, y, z], -1).double() @ slope).reshape(-1, 1)
    points = torch.rand(50, 3, dtype=torch.float64, requires_grad=True)
    out = kernels.hash_encode(table, points, GridLevels((side,), (0, len(table))))
    close(out[:, 0].detach(), points.detach() @ slope)
    (gradient,) = torch.autograd.grad(out.sum(), points)
    close(gradient, slope.expand(50, 3))


def test_nodes_share_rows_by_the_published_hash() -> None:
    node, rows = (3, 5, 11), 1 << 10
    row = (3 ^ 5 * 2654435761 ^ 11 * 805459861) % rows
    table = torch.zeros(rows, 2)
    table[row] = torch.tensor([1.0, 2.0])
    out = kernels.hash_encode(table, torch.tensor([node]) / 16, GridLevels((16,), (0, rows)))
    close(out, torch.tensor([[1.0, 2.0]]))


@needs_cpu
@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf, 1e30])
def test_a_point_that_is_nowhere_stays_in_the_table(odd: float) -> None:
    points = torch.rand(20, 3)
    table = torch.randn(LEVELS[1].starts[-1], 4)
    before = cpu.hash_encode(table, points, LEVELS[1])
    points[7, 1] = odd
    after = cpu.hash_encode(table, points, LEVELS[1])
    others = torch.arange(20) != 7
    assert torch.equal(before[others], after[others])
    assert bool(after.isfinite().all())


# Perceptron

WIDTHS = [(32, 64, 16), (27, 64, 64, 3), (5, 1), (63, 256, 4), (3, 7, 5, 2)]


@needs_cpu
@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("activation", ["silu", "relu"])
@pytest.mark.parametrize("count", [0, 1, 300, 20_001])
def test_perceptrons_are_twins(widths: tuple[int, ...], activation: str, count: int) -> None:
    torch.manual_seed(count)
    parameters, inputs = random_parameters(widths), torch.randn(count, widths[0])
    d_out = torch.randn(count, widths[-1])
    results = []
    for apply, dtype in ((cpu.perceptron, torch.float32), (reference.perceptron, torch.float64)):
        learnt = [tensor.detach().to(dtype).requires_grad_() for tensor in (inputs, *parameters)]
        out = apply(learnt[0], learnt[1:], activation)
        results.append([out.detach(), *torch.autograd.grad(out, learnt, d_out.to(dtype))])
    for actual, expected in zip(*results, strict=True):
        close(actual, expected, 2e-5)


# Samples of rays


def some_rays(count: int, inside: bool = False) -> RayBundle:
    directions = torch.nn.functional.normalize(torch.randn(count, 3), dim=-1)
    origins = torch.rand(count, 3) - 0.5 if inside else -2.5 * directions + 0.3 * torch.randn(count, 3)
    near = torch.rand(count)
    return RayBundle(origins, directions, near, near + 4 * torch.rand(count), torch.rand(count))


CELLS = {
    "all": lambda: Cells(None, 1.0),
    "some": lambda: Cells(torch.rand(16, 16, 16) < 0.3, 0.7),
    "contracted": lambda: Cells(torch.rand(12, 12, 12) < 0.3, 0.4, contracted=True),
    "none": lambda: Cells(torch.zeros(4, 4, 4, dtype=torch.bool), 1.0),
}


@needs_cpu
@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("count", [0, 1, 500])
def test_samplers_are_twins(kind: str, count: int) -> None:
    torch.manual_seed(count)
    rays, cells = some_rays(count, kind == "contracted"), CELLS[kind]()
    edges = torch.linspace(0, 1, 65) ** (2 if kind == "contracted" else 1) * 3
    ours, theirs = cpu.ray_samples(rays, edges, cells), reference.ray_samples(rays, edges, cells)
    assert abs(len(ours.distances) - len(theirs.distances)) <= count * 0.02  # a sample on the border of two cells
    if torch.equal(ours.starts, theirs.starts):
        close(ours.distances, theirs.distances)
        close(ours.lengths, theirs.lengths)
    sizes = ours.starts.diff()
    assert int(ours.starts[-1]) == len(ours.distances) == int(sizes.sum())
    rays_of = [ours.distances[a:b] for a, b in pairwise(ours.starts.tolist())]
    assert all(bool((distances.diff() > 0).all()) for distances in rays_of)


def test_samples_lie_in_occupied_cells_only() -> None:
    """One occupied octant: the ray through it is sampled there, from its beginning to its end, and nowhere else."""
    cells = torch.zeros(2, 2, 2, dtype=torch.bool)
    cells[1, 1, 1] = True
    rays = RayBundle(*(torch.tensor(v) for v in ([[-2.0, 0.5, 0.5]], [[1.0, 0.0, 0.0]], [1.0], [3.0], [0.5])))
    samples = kernels.ray_samples(rays, torch.linspace(0, 2, 21), Cells(cells, 1.0))
    close(samples.distances, torch.arange(10) * 0.1 + 2.05)
    close(samples.lengths, torch.full((10,), 0.1))


def test_all_of_space_is_drawn_into_a_cube() -> None:
    points = torch.tensor([[0.5, -0.2, 1.0], [4.0, -2.0, 0.0], [0.0, 1e9, 0.0]], dtype=torch.float64)
    expected = [[0.5, -0.2, 1.0], [1.75, -0.875, 0.0], [0.0, 2.0, 0.0]]
    close(contracted(points), torch.tensor(expected))


# Compositing


def ragged(rays: int) -> tuple[Tensor, ...]:
    """Rays with different numbers of samples, the first with none."""
    sizes = torch.randint(0, 40, (rays,))
    sizes[:1] = 0
    starts = torch.cat([torch.zeros(1, dtype=torch.int64), sizes.cumsum(0)])
    count = int(starts[-1])
    return starts, torch.rand(count) * 0.5, torch.rand(count, 3), torch.rand(count).add(1).cumsum(0)


@needs_cpu
@pytest.mark.parametrize("rays", [0, 1, 300])
def test_composites_are_twins(rays: int) -> None:
    torch.manual_seed(rays)
    starts, optical, colours, distances = ragged(rays)
    distances = distances / max(1.0, float(distances.max())) if len(distances) else distances
    d_seen = torch.randn(rays, 5)
    results = []
    for composite, dtype in ((cpu.composite, torch.float32), (reference.composite, torch.float64)):
        learnt = [tensor.to(dtype).requires_grad_() for tensor in (optical, colours)]
        seen = composite(starts, *learnt, distances.to(dtype))
        results.append([seen.detach(), *torch.autograd.grad(seen, learnt, d_seen.to(dtype))])
    for actual, expected in zip(*results, strict=True):
        close(actual, expected)


def test_the_composite_of_two_samples_is_as_on_paper() -> None:
    optical = torch.tensor([math.log(2), math.inf], dtype=torch.float64)
    colours = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], dtype=torch.float64)
    seen = kernels.composite(torch.tensor([0, 0, 2]), optical, colours, torch.tensor([3.0, 5.0]).double())
    close(seen, torch.tensor([[0.0] * 5, [0.5, 0.5, 0.0, 1.0, 4.0]]))


@needs_cpu
def test_threads_do_not_change_a_bit_of_fields() -> None:
    torch.manual_seed(0)
    levels = LEVELS[1]
    table, points = torch.randn(levels.starts[-1], 4, requires_grad=True), torch.rand(40_000, 3)
    parameters = [tensor.requires_grad_() for tensor in random_parameters((12, 16, 4))]
    starts, results = torch.arange(0, 40_001, 40), []
    for threads in (1, 2, 3):
        cpu.set_threads(threads)
        raw = cpu.perceptron(cpu.hash_encode(table, points, levels), parameters, "relu")
        seen = cpu.composite(starts, raw[:, 0].exp(), raw[:, 1:].sigmoid(), points[:, 0])
        results.append([seen, *torch.autograd.grad(seen.square().sum(), [table, *parameters])])
    cpu.set_threads(cpu.default_threads())
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))
