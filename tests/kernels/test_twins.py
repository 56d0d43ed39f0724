"""Every fast kernel against its slow twin in float64: values, gradients, and the same bits on any number of threads."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from recon3d.kernels import cpu, reference
from recon3d.kernels.interface import Camera, SplatOptions, Splatted

if cpu.instruction_set() is None:
    pytest.skip("the CPU kernels are not built", allow_module_level=True)

NAMES = ("means", "quaternions", "scales", "opacities", "sh")


def make_gaussians(count: int, sh_count: int = 16, seed: int = 0, spread: float = 1.0) -> dict[str, Tensor]:
    """A cloud in front of the camera of `make_camera`: needles, plates, faint and opaque ones; some out of view."""
    g = torch.Generator().manual_seed(seed)
    means = torch.randn(count, 3, generator=g, dtype=torch.float64) * spread
    scales = torch.exp(torch.randn(count, 3, generator=g, dtype=torch.float64) * 0.9 - 2.8)
    gaussians = {
        "means": means + torch.tensor([0.0, 0.0, 3.0]),
        "quaternions": torch.randn(count, 4, generator=g, dtype=torch.float64),
        "scales": scales,
        "opacities": torch.rand(count, generator=g, dtype=torch.float64).clamp(0.01, 0.995),
        "sh": torch.randn(count, sh_count, 3, generator=g, dtype=torch.float64) * 0.3,
    }
    # Exact in float32, so that both twins start from the same numbers.
    return {name: tensor.float().double() for name, tensor in gaussians.items()}


def make_camera(width: int = 70, height: int = 52) -> Camera:
    """A turned camera with different focal lengths and an off-centre principal point."""
    angle = 0.1
    rotation = torch.tensor(
        [[math.cos(angle), 0, math.sin(angle)], [0, 1, 0], [-math.sin(angle), 0, math.cos(angle)]], dtype=torch.float64
    )
    camera_from_world = torch.eye(4, dtype=torch.float64)
    camera_from_world[:3, :3] = rotation
    camera_from_world[:3, 3] = torch.tensor([0.05, -0.1, 0.3])
    intrinsics = torch.tensor([[60.0, 0, 33.3], [0, 63.0, 27.1], [0, 0, 1]], dtype=torch.float64)
    return Camera(camera_from_world, intrinsics, width, height)


def run(
    splat, gaussians: dict[str, Tensor], options: SplatOptions, dtype: torch.dtype
) -> tuple[Splatted, list[Tensor]]:
    """Outputs, and gradients of a fixed random combination of them by every tensor and by the projected means."""
    leaves = [gaussians[name].to(dtype).requires_grad_() for name in NAMES]
    probe = torch.zeros(len(leaves[0]), 2, dtype=dtype, requires_grad=True)
    out = splat(*leaves, make_camera(), options, probe)
    g = torch.Generator().manual_seed(7)
    loss = torch.zeros((), dtype=dtype)
    for part in out:
        if part is not None:
            loss = loss + (part * torch.randn(part.shape, generator=g, dtype=torch.float64).to(dtype)).sum()
    loss.backward()
    return out, [leaf.grad for leaf in (*leaves, probe)]


def error(actual: Tensor, expected: Tensor) -> float:
    """Relative error in the Euclidean norm."""
    return float((actual.detach().double() - expected.detach()).norm() / expected.detach().norm().clamp_min(1e-30))


@pytest.mark.parametrize("sh_count", [1, 4, 9, 16])
@pytest.mark.parametrize("antialiased", [False, True])
@pytest.mark.parametrize("with_depth", [False, True])
def test_splat_matches_the_reference(sh_count: int, antialiased: bool, with_depth: bool) -> None:
    gaussians = make_gaussians(400, sh_count)
    options = SplatOptions(antialiased=antialiased, with_depth=with_depth)
    fast, fast_gradients = run(cpu.splat, gaussians, options, torch.float32)
    slow, slow_gradients = run(reference.splat, gaussians, options, torch.float64)
    for name, actual, expected in zip(Splatted._fields, fast, slow, strict=True):
        if expected is not None:
            assert error(actual, expected) < 2e-6, name
    for name, actual, expected in zip((*NAMES, "means2d"), fast_gradients, slow_gradients, strict=True):
        assert error(actual, expected) < 1e-5, name


@pytest.mark.parametrize("count", [40, 400, 3000])
def test_the_depth_of_surfaces_matches_the_reference(count: int) -> None:
    gaussians = make_gaussians(count, 4, seed=2)
    options = SplatOptions(with_depth=True)
    fast, _ = run(cpu.splat, gaussians, options._replace(surface_depth=True), torch.float32)
    slow, _ = run(reference.splat, gaussians, options._replace(surface_depth=True), torch.float64)
    mean, _ = run(reference.splat, gaussians, options, torch.float64)
    seen = slow.alpha > 0.5
    assert int(seen.sum()) > 20
    assert not fast.depth.requires_grad
    assert not slow.depth.requires_grad
    assert error(fast.depth[seen], slow.depth[seen]) < 1e-4
    assert error(mean.depth[seen], slow.depth[seen]) > 1e-2
    assert error(fast.colour, mean.colour) < 1e-4


def test_the_depth_of_surfaces_leaves_out_haze_and_what_shines_through() -> None:
    """One plane of Gaussians behind the other: the middle one takes the light from 0.9 to 0.18."""
    means = torch.tensor([[0, 0, 2.0], [0, 0, 3], [0, 0, 9]]).double()
    quaternions = torch.tensor([[1.0, 0, 0, 0]]).double().expand(3, 4)
    camera = Camera(torch.eye(4).double(), torch.tensor([[9.0, 0, 4.5], [0, 9, 4.5], [0, 0, 1]]).double(), 9, 9)
    gaussians = (means, quaternions, torch.full((3, 3), 5.0).double(), torch.tensor([0.1, 0.8, 0.9]).double())
    out = reference.splat(*gaussians, torch.zeros(3, 1, 3).double(), camera, SplatOptions(0.01, False, True, True))
    assert out.depth is not None
    assert float(out.depth[4, 4] / out.alpha[4, 4]) == pytest.approx(3, rel=1e-6)


def test_many_gaussians_saturate_pixels_alike() -> None:
    """Dense enough that most pixels stop before their list ends, so the stopping rule itself is compared."""
    gaussians = make_gaussians(3000, 4, seed=3)
    fast, fast_gradients = run(cpu.splat, gaussians, SplatOptions(), torch.float32)
    slow, slow_gradients = run(reference.splat, gaussians, SplatOptions(), torch.float64)
    assert float((slow.alpha > 0.999).double().mean()) > 0.3
    assert error(fast.colour, slow.colour) < 1e-4  # single pixels flip at the 1/255 and 1e-4 cuts
    for name, actual, expected in zip((*NAMES, "means2d"), fast_gradients, slow_gradients, strict=True):
        assert error(actual, expected) < 3e-3, name


def test_empty_and_invisible() -> None:
    nothing = make_gaussians(0)
    out, _ = run(cpu.splat, nothing, SplatOptions(with_depth=True), torch.float32)
    assert float((out.colour.abs().sum() + out.alpha.abs().sum()).detach()) == 0
    behind = make_gaussians(33)
    behind["means"] = behind["means"] - torch.tensor([0.0, 0.0, 30.0])
    out, gradients = run(cpu.splat, behind, SplatOptions(), torch.float32)
    assert float(out.alpha.abs().sum().detach()) == 0
    assert all(float(g.abs().sum()) == 0 for g in gradients)


def test_non_finite_gaussians_are_not_drawn() -> None:
    gaussians = make_gaussians(64)
    broken = {name: tensor.clone() for name, tensor in gaussians.items()}
    broken["means"][3, 0], broken["scales"][5, 1] = math.nan, math.inf
    broken["opacities"][7], broken["quaternions"][9] = math.nan, 0.0
    kept = torch.ones(64, dtype=torch.bool)
    kept[[3, 5, 7, 9]] = False
    out, _ = run(cpu.splat, broken, SplatOptions(), torch.float32)
    expected, _ = run(cpu.splat, {n: t[kept] for n, t in gaussians.items()}, SplatOptions(), torch.float32)
    assert torch.equal(out.colour, expected.colour)


def test_gaussians_far_outside_the_picture_are_not_drawn() -> None:
    """So far that their tiles do not fit the integers that count tiles; they must not even enter a list."""
    gaussians, camera = make_gaussians(64), make_camera().camera_from_world
    far = {name: tensor.clone() for name, tensor in gaussians.items()}
    depth = torch.logspace(-1, 0, 32).double()
    local = torch.stack([torch.linspace(-3e4, 3e4, 32).double() * depth, 0 * depth, depth], -1)
    far["means"][:32] = (local - camera[:3, 3]) @ camera[:3, :3]
    out, _ = run(cpu.splat, far, SplatOptions(near=0.001), torch.float32)
    expected, _ = run(cpu.splat, {n: t[32:] for n, t in gaussians.items()}, SplatOptions(near=0.001), torch.float32)
    assert torch.equal(out.colour, expected.colour)
    assert cpu.work_of(out).pairs == cpu.work_of(expected).pairs


@pytest.mark.parametrize("size", [(70, 52), (16, 16), (1, 1), (33, 17)])
def test_any_picture_size(size: tuple[int, int]) -> None:
    gaussians = [t.float() for t in make_gaussians(100).values()]
    camera = make_camera(*size)
    fast = cpu.splat(*gaussians, camera)
    slow = reference.splat(*[t.double() for t in gaussians], camera)
    assert fast.colour.shape == (size[1], size[0], 3)
    assert float((fast.colour - slow.colour).abs().max()) < 1e-5


def test_threads_do_not_change_a_bit() -> None:
    results = []
    for threads in (1, 2, 3):
        cpu.set_threads(threads)
        out, gradients = run(cpu.splat, make_gaussians(2000), SplatOptions(with_depth=True), torch.float32)
        prediction = torch.rand(45, 61, 3, generator=torch.Generator().manual_seed(1), requires_grad=True)
        loss = cpu.l1_ssim(prediction, torch.full((45, 61, 3), 0.4), 0.2)
        loss.backward()
        results.append([*out, *gradients, loss, prediction.grad])
    cpu.set_threads(cpu.default_threads())
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


def test_two_pictures_before_one_backward() -> None:
    """Each forward keeps its own workspace, so gradients add up as in any autograd graph."""
    gaussians = make_gaussians(300)

    def gradient(pictures: int) -> Tensor:
        leaves = [gaussians[n].float().requires_grad_() for n in NAMES]
        total = sum(cpu.splat(*leaves, make_camera(70, 52 + i)).colour.square().sum() for i in range(pictures))
        total.backward()
        return leaves[0].grad

    second = [gaussians[n].float().requires_grad_() for n in NAMES]
    cpu.splat(*second, make_camera(70, 53)).colour.square().sum().backward()
    assert torch.allclose(gradient(2), gradient(1) + second[0].grad, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("height", "width"), [(40, 50), (16, 16), (7, 5), (65, 1)])
@pytest.mark.parametrize("ssim_weight", [0.0, 0.2, 1.0])
def test_l1_ssim_matches_the_reference(height: int, width: int, ssim_weight: float) -> None:
    g = torch.Generator().manual_seed(2)
    prediction, target = torch.rand(2, height, width, 3, generator=g, dtype=torch.float64)
    slow = prediction.clone().requires_grad_()
    expected = reference.l1_ssim(slow, target, ssim_weight)
    (3 * expected).backward()
    fast = prediction.float().requires_grad_()
    actual = cpu.l1_ssim(fast, target.float(), ssim_weight)
    (3 * actual).backward()
    assert float(actual.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
    assert error(fast.grad, slow.grad) < 1e-5


@pytest.mark.parametrize("shape", [(1, 2, 3), (2, 7, 5), (130, 131)])
def test_over_matches_the_reference(shape: tuple[int, ...]) -> None:
    g = torch.Generator().manual_seed(5)
    colour, alpha = torch.rand(*shape, 3, generator=g).double(), torch.rand(*shape, generator=g).double()
    background, weights = torch.tensor([0.2, 0.9, 0.5]), torch.randn(*shape, 3, generator=g).double()
    slow, fast = (
        [t.to(d, copy=True).requires_grad_() for t in (colour, alpha)] for d in (torch.float64, torch.float32)
    )
    expected, actual = reference.over(*slow, background), cpu.over(*fast, background)
    (expected * weights).sum().backward()
    (actual * weights.float()).sum().backward()
    assert error(actual.detach(), expected.detach()) < 1e-6
    assert all(error(a.grad, b.grad) < 1e-6 for a, b in zip(fast, slow, strict=True))


@pytest.mark.parametrize("shape", [(37, 3), (37,), (1030, 16, 3)])
@pytest.mark.parametrize("masked", [False, True])
def test_adam_matches_the_reference_and_torch(shape: tuple[int, ...], masked: bool) -> None:
    g = torch.Generator().manual_seed(4)
    start, gradients = torch.randn(shape, generator=g), [torch.randn(shape, generator=g) for _ in range(3)]
    rows = torch.rand(shape[0], generator=g) < 0.5 if masked else None
    fast, fast_moments = start.clone(), (torch.zeros(shape), torch.zeros(shape))
    slow, slow_moments = start.double(), (torch.zeros(shape).double(), torch.zeros(shape).double())
    theirs = start.double().requires_grad_()
    optimiser = torch.optim.Adam([theirs], lr=0.01, eps=reference.ADAM_EPSILON)
    for step, gradient in enumerate(gradients, 1):
        cpu.adam_step(fast, gradient, fast_moments, torch.tensor([0.01]), step, rows)
        reference.adam_step(slow, gradient.double(), slow_moments, torch.tensor([0.01]), step, rows)
        theirs.grad = gradient.double()
        optimiser.step()
    assert error(fast, slow) < 1e-6
    if rows is None:
        assert error(slow, theirs.detach()) < 1e-9
    else:
        assert torch.equal(fast[~rows], start[~rows])
        assert error(slow[rows], theirs.detach()[rows]) < 1e-9


def test_adam_rates_go_by_column() -> None:
    parameter, gradient = torch.zeros(5, 2, 3), torch.ones(5, 2, 3)
    rates = torch.tensor([1.0, 1, 1, 2, 2, 2])
    cpu.adam_step(parameter, gradient, (torch.zeros(5, 2, 3), torch.zeros(5, 2, 3)), rates, 1)
    assert torch.allclose(parameter[:, 1], 2 * parameter[:, 0])
    assert torch.allclose(parameter[:, 0], torch.tensor(-1.0))


def test_perturb_matches_the_reference() -> None:
    gaussians = make_gaussians(500)
    logits = torch.linspace(-9, 4, 500)
    inputs = (gaussians["quaternions"].float(), gaussians["scales"].float().log(), logits)
    fast, slow = gaussians["means"].float(), gaussians["means"].clone()
    cpu.perturb_means(fast, *inputs, 50.0, 12345)
    reference.perturb_means(slow, *(t.double() for t in inputs), 50.0, 12345)
    moved, expected = fast - gaussians["means"].float(), slow - gaussians["means"]
    assert float(expected.norm()) > 0.1
    assert error(moved, expected) < 1e-4
    assert float(expected[logits > 0].abs().max()) == 0  # the opaque stay where they are


def test_counter_noise_is_nearly_standard_normal() -> None:
    noise = reference.counter_noise(40000, seed=3)
    assert float(noise.mean()) == pytest.approx(0, abs=0.02)
    assert float(noise.std()) == pytest.approx(1, abs=0.01)
    assert float((noise**4).mean()) == pytest.approx(3 - 0.3, abs=0.05)  # the kurtosis of a sum of four uniforms
    assert not torch.equal(noise[:10], reference.counter_noise(10, seed=4))
    assert torch.equal(noise[:10], reference.counter_noise(10, seed=3))
    correlation = torch.corrcoef(noise.mT)
    assert float((correlation - torch.eye(3)).abs().max()) < 0.02
