"""Laws of metrics, protocol and objective."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
import safetensors.torch
import torch

from recon3d.errors import BadInput
from recon3d.metrics import colour_and_mask, protocol
from recon3d.metrics.colour_and_mask import ColourAndMask
from recon3d.metrics.image import iou, psnr, rounded, ssim
from recon3d.metrics.lpips import STAGES, load_lpips
from recon3d.metrics.photometric import Config, Photometric
from recon3d.types import Cameras, Rendering, Views

WHITE = torch.ones(3)


def picture(seed: int, height: int = 24, width: int = 20) -> torch.Tensor:
    return torch.rand(height, width, 3, generator=torch.Generator().manual_seed(seed))


def views(images: torch.Tensor, alpha: torch.Tensor | None = None, masks: torch.Tensor | None = None) -> Views:
    count, height, width, _ = images.shape
    cameras = Cameras(
        torch.eye(4).repeat(count, 1, 1),
        torch.eye(3).repeat(count, 1, 1),
        torch.full((count,), width),
        torch.full((count,), height),
    )
    return Views(cameras, images, alpha, masks)


def test_psnr_is_its_definition() -> None:
    a = torch.full((8, 8, 3), 0.5)
    assert psnr(a, a + 0.1) == pytest.approx(20, abs=1e-4)
    assert psnr(a, a) == math.inf
    mask = torch.zeros(8, 8, dtype=torch.bool)
    mask[0] = True
    b = a.clone()
    b[1:] = 0
    assert psnr(a, b, mask) == math.inf
    assert psnr(a, b) < 10


def test_ssim_axioms() -> None:
    a, b = picture(0), picture(1)
    assert ssim(a, a) == pytest.approx(1, abs=1e-5)
    assert ssim(a, b) == pytest.approx(ssim(b, a), abs=1e-6)
    assert ssim(a, b) < 0.2
    assert math.isnan(ssim(picture(0, 10, 10), picture(1, 10, 10)))


def test_ssim_of_constant_pictures_is_the_luminance_term() -> None:
    a, b = torch.full((16, 16, 3), 0.2), torch.full((16, 16, 3), 0.6)
    expected = (2 * 0.2 * 0.6 + 1e-4) / (0.2**2 + 0.6**2 + 1e-4)
    assert ssim(a, b) == pytest.approx(expected, rel=1e-4)


def test_ssim_looks_at_the_mask() -> None:
    a = picture(0, 40, 40)
    b = a.clone()
    b[:, 26:] = 0
    left = torch.zeros(40, 40, dtype=torch.bool)
    left[:, :20] = True
    assert ssim(a, b, left) == pytest.approx(1, abs=1e-5)
    assert ssim(a, b) < 0.9


def test_protocol_compares_8_bit_pictures_over_white() -> None:
    images, alpha = 0.5 * picture(0)[None], torch.full((1, 24, 20), 0.5)
    rendering = Rendering(images + 0.3 / 255, alpha)
    prediction, truth = protocol.compared_pictures(rendering, views(images, alpha))
    assert torch.equal(truth, rounded(images[0] + 0.5))
    assert set((prediction * 255).flatten().frac().abs().round(decimals=3).tolist()) <= {0.0, 1.0}
    scores = protocol.score(rendering, views(images, alpha))
    assert scores["psnr"] > 50
    assert "psnr_object" not in scores  # nowhere covered by more than half


def test_mean_is_the_mean_of_the_views() -> None:
    assert protocol.mean_scores([{"psnr": 20.0}, {"psnr": 30.0, "psnr_object": 10.0}]) == {
        "psnr": 25.0,
        "psnr_object": 10.0,
    }


def test_masked_pixels_ask_for_nothing() -> None:
    truth = picture(0)[None]
    masks = torch.ones(1, 24, 20, dtype=torch.bool)
    masks[:, 10:] = False
    colour = picture(1)[None].requires_grad_()
    Photometric(Config())(Rendering(colour, torch.ones(1, 24, 20)), views(truth, masks=masks)).backward()
    assert float(colour.grad[:, 10:].abs().max()) == 0
    assert float(colour.grad[:, :10].abs().min()) >= 0
    assert float(colour.grad[:, :10].abs().max()) > 0


def test_auto_background_is_white_behind_alpha_and_black_elsewhere() -> None:
    objective = Photometric(Config())
    images, alpha = torch.zeros(1, 24, 20, 3), torch.zeros(1, 24, 20)
    clear = Rendering(images, alpha)
    assert float(objective(clear, views(images, alpha))) == pytest.approx(0, abs=1e-6)
    assert float(objective(clear, views(images))) == pytest.approx(0, abs=1e-6)
    assert float(objective(clear, views(images + 1))) > 0.5


def test_random_backgrounds_differ_and_can_be_repeated() -> None:
    objective = Photometric(Config(background="random"), seed=3)
    target = views(torch.zeros(1, 24, 20, 3), torch.zeros(1, 24, 20))
    state = objective.state()
    first, second = objective.backgrounds.next(target), objective.backgrounds.next(target)
    assert not torch.equal(first, second)
    objective.restore(state)
    assert torch.equal(objective.backgrounds.next(target), first)


def test_intersection_over_union() -> None:
    a = torch.zeros(4, 4, dtype=torch.bool)
    b = a.clone()
    assert iou(a, b) == 1
    a[:2], b[1:3] = True, True
    assert iou(a, b) == pytest.approx(1 / 3)
    assert iou(a, ~a) == 0


def test_colour_and_mask_is_their_squared_errors() -> None:
    objective = ColourAndMask(colour_and_mask.Config(mask_weight=0.5, background="white"))
    target = views(torch.zeros(2, 24, 20, 3), torch.zeros(2, 24, 20))
    assert float(objective(Rendering(target.images, target.alpha), target)) == 0
    # Grey before white: 0.6 * 0.5 + 0.4 seen where 1 was true.
    half = Rendering(torch.full((2, 24, 20, 3), 0.3), torch.full((2, 24, 20), 0.6))
    assert float(objective(half, target)) == pytest.approx(0.3**2 + 0.5 * 0.6**2, rel=1e-5)
    without_alpha = views(torch.zeros(2, 24, 20, 3))
    assert float(objective(half, without_alpha)) == pytest.approx((0.3 + 0.4) ** 2, rel=1e-5)


def test_what_is_painted_in_the_colour_of_one_background_shows_on_another() -> None:
    """So over random backgrounds nothing but transparency is right where there is nothing, whatever the mask weighs."""
    painted = Rendering(torch.ones(1, 24, 20, 3), torch.ones(1, 24, 20))
    nothing = views(torch.zeros(1, 24, 20, 3), torch.zeros(1, 24, 20))
    white, random = (ColourAndMask(colour_and_mask.Config(mask_weight=0.0, background=b)) for b in ("white", "random"))
    assert float(white(painted, nothing)) == pytest.approx(0)
    assert float(random(painted, nothing)) > 0.01


def test_a_pixel_that_a_mask_leaves_out_gets_no_gradient_of_colour_or_mask() -> None:
    masks = torch.ones(1, 24, 20, dtype=torch.bool)
    masks[:, 10:] = False
    colour, alpha = picture(1)[None].requires_grad_(), torch.full((1, 24, 20), 0.5, requires_grad=True)
    target = views(torch.zeros(1, 24, 20, 3), torch.zeros(1, 24, 20), masks)
    ColourAndMask(colour_and_mask.Config())(Rendering(colour, alpha), target).backward()
    for gradient in (colour.grad, alpha.grad):
        assert float(gradient[:, 10:].abs().max()) == 0
        assert float(gradient[:, :10].abs().max()) > 0


def lpips_state() -> dict[str, torch.Tensor]:
    """Random weights under the public names."""
    g = torch.Generator().manual_seed(0)
    widths = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
    state, conv = {}, 0
    for i, stage in enumerate(STAGES):
        for number in stage:
            shape = (widths[conv + 1], widths[conv], 3, 3)
            state[f"net.slice{i + 1}.{number}.weight"] = torch.randn(shape, generator=g) * (2 / (9 * shape[1])) ** 0.5
            state[f"net.slice{i + 1}.{number}.bias"] = 0.01 * torch.randn(shape[0], generator=g)
            conv += 1
        state[f"lin{i}.model.1.weight"] = torch.rand(1, widths[conv], 1, 1, generator=g)
    return state


def test_lpips_is_a_distance_and_matches_a_plain_network(tmp_path: Path) -> None:
    state = lpips_state()
    safetensors.torch.save_file(state, tmp_path / "weights.safetensors")
    distance = load_lpips(tmp_path / "weights.safetensors")
    a, b = picture(0, 32, 48), picture(1, 32, 48)
    assert distance(a, a) == 0
    assert distance(a, b) == pytest.approx(distance(b, a), rel=1e-5)

    layers: list[torch.nn.Module] = []
    for i, stage in enumerate(STAGES):
        layers += [torch.nn.MaxPool2d(2)] if i else []
        for number in stage:
            weight = state[f"net.slice{i + 1}.{number}.weight"]
            conv = torch.nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1)
            conv.load_state_dict({"weight": weight, "bias": state[f"net.slice{i + 1}.{number}.bias"]})
            layers += [conv, torch.nn.ReLU()]
    ends = [3, 8, 15, 22, 29]  # relu1_2, relu2_2, relu3_3, relu4_3, relu5_3 of VGG-16
    shift, scale = torch.tensor([-0.030, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.450])
    total, x, y = 0.0, *(((2 * p - 1 - shift) / scale).permute(2, 0, 1)[None] for p in (a, b))
    with torch.no_grad():
        for i, layer in enumerate(layers):
            x, y = layer(x), layer(y)
            if i in ends:
                unit = [m / (m.norm(dim=1, keepdim=True) + 1e-10) for m in (x, y)]
                weight = state[f"lin{ends.index(i)}.model.1.weight"]
                total += float(((unit[0] - unit[1]) ** 2 * weight).sum(1).mean())
    assert distance(a, b) == pytest.approx(total, rel=1e-4)


def test_lpips_can_be_learnt_from(tmp_path: Path) -> None:
    safetensors.torch.save_file(lpips_state(), tmp_path / "weights.safetensors")
    weights = str(tmp_path / "weights.safetensors")
    objective = ColourAndMask(colour_and_mask.Config(0.0, 2.0, weights, "black"))
    colour, truth = torch.stack([picture(0), picture(1)]).requires_grad_(), torch.stack([picture(2), picture(3)])
    loss = objective(Rendering(colour, torch.ones(2, 24, 20)), views(truth, torch.ones(2, 24, 20)))
    loss.backward()
    distance = load_lpips(tmp_path / "weights.safetensors")
    distances = [distance(a, b) for a, b in zip(colour.detach(), truth, strict=True)]
    squared = float((colour.detach() - truth).square().mean())
    assert float(loss.detach()) == pytest.approx(squared + sum(distances), rel=1e-4)
    assert bool(colour.grad.isfinite().all())
    with pytest.raises(BadInput, match="cannot be read"):
        ColourAndMask(colour_and_mask.Config(perceptual_weight=1.0, lpips_weights=str(tmp_path / "none.safetensors")))


def test_incomplete_lpips_weights_are_refused(tmp_path: Path) -> None:
    state = lpips_state()
    del state["lin3.model.1.weight"]
    safetensors.torch.save_file(state, tmp_path / "weights.safetensors")
    with pytest.raises(BadInput, match="lacks 1 tensors"):
        load_lpips(tmp_path / "weights.safetensors")
    (tmp_path / "weights.safetensors").write_bytes(b"\x80\x04pickle")
    with pytest.raises(BadInput, match="cannot be read"):
        load_lpips(tmp_path / "weights.safetensors")


def test_depth_counts_where_the_target_is_opaque_and_pulls_what_is_drawn_towards_it() -> None:
    objective = ColourAndMask(colour_and_mask.Config(depth_weight=2.0, background="black"))
    alpha = torch.ones(1, 24, 20)
    alpha[:, :, :5], alpha[:, :, 5:10] = 0.0, 0.5
    target = dataclasses.replace(views(torch.zeros(1, 24, 20, 3), alpha), depth=torch.full((1, 24, 20), 1.5))
    depth = torch.full((1, 24, 20), 1.7, requires_grad=True)
    loss = objective(Rendering(target.images, alpha, depth), target)
    assert float(loss.detach()) == pytest.approx(2 * 0.2**2 / 2, rel=1e-4)
    loss.backward()
    assert float(depth.grad[:, :, :10].abs().max()) == 0
    assert float(depth.grad[:, :, 10:].min()) > 0
    doubled = dataclasses.replace(target, depth=target.depth * 2)
    shares = ColourAndMask(colour_and_mask.Config(depth_weight=2.0, background="black", relative_depth=True))
    twice = shares(Rendering(target.images, alpha, depth.detach() * 2), doubled)
    assert float(twice) == pytest.approx(float(loss.detach()) / 1.5**2, rel=1e-4)
    with pytest.raises(ValueError, match="depth"):
        objective(Rendering(target.images, alpha), target)


def test_structure_minds_blur_where_squared_errors_are_equal() -> None:
    """A shift of brightness leaves more structure than an error of the same size that is noise."""
    torch.manual_seed(0)
    truth = 0.3 + 0.4 * torch.rand(1, 24, 20, 3)
    noise = 0.05 * torch.randn(1, 24, 20, 3).sign()
    target, opaque = views(truth, torch.ones(1, 24, 20)), torch.ones(1, 24, 20)
    objective = ColourAndMask(colour_and_mask.Config(structure_weight=1.0, background="black"))
    same, lighter, noisy = (float(objective(Rendering(truth + e, opaque), target)) for e in (0.0, 0.05, noise))
    assert same == pytest.approx(0, abs=1e-5)
    assert 0 < lighter < noisy


def test_absolute_errors_are_least_at_the_median() -> None:
    """Of three pictures two are dark: squared errors ask for grey, absolute ones for dark."""
    truth = torch.cat([torch.full((1, 12, 12, 3), value) for value in (0.1, 0.1, 0.7)])
    target, opaque = views(truth, torch.ones(3, 12, 12)), torch.ones(3, 12, 12)
    for errors, best in (("squared", 0.3), ("absolute", 0.1)):
        objective = ColourAndMask(colour_and_mask.Config(errors=errors, background="black"))
        levels = [k / 20 for k in range(2, 15)]
        losses = [float(objective(Rendering(torch.full_like(truth, v), opaque), target)) for v in levels]
        assert levels[losses.index(min(losses))] == pytest.approx(best)
