"""The reference against numbers computed with gsplat's own formulas (a fixture holds inputs, stages and outputs)."""

from __future__ import annotations

from pathlib import Path

import parity
import pytest
import torch
from parity import TOLERANCE
from torch import Tensor

from recon3d.kernels import reference
from recon3d.kernels.interface import Camera, SplatOptions

GRADIENT_TOLERANCE = {torch.float64: 1e-5, torch.float32: 1e-3}


class Fixture(parity.Fixture):
    def camera(self, view: int, projection: str = "pinhole", focal_factor: float = 1.0) -> Camera:
        intrinsics = self["Ks"][view].clone()
        intrinsics[0, 0] *= focal_factor
        intrinsics[1, 1] *= focal_factor
        return Camera(self["viewmats"][view], intrinsics, self.settings["width"], self.settings["height"], projection)

    def near(self) -> float:
        return self.settings["near_plane"]

    def options(self, **changes: bool) -> SplatOptions:
        return SplatOptions(near=self.near(), **changes)

    def gaussians(self) -> tuple[Tensor, ...]:
        return tuple(self[name] for name in ("means", "quats", "scales", "opacities", "sh_coeffs"))


@pytest.fixture(params=[torch.float64, torch.float32], ids=["float64", "float32"])
def fixture(request: pytest.FixtureRequest, shared: Path) -> Fixture:
    return Fixture(shared, "gsplat", request.param)


def relative(actual: Tensor, expected: Tensor) -> float:
    return float((actual - expected).abs().max() / expected.abs().max().clamp_min(1e-30))


def assert_close(actual: Tensor, expected: Tensor, tolerance: float, name: str) -> None:
    assert actual.shape == expected.shape, name
    assert relative(actual, expected) <= tolerance, name


def test_constants_are_those_of_the_fixture(fixture: Fixture) -> None:
    from recon3d.kernels import interface

    assert pytest.approx(fixture.settings["alpha_threshold"]) == interface.ALPHA_MIN
    assert fixture.settings["max_alpha"] == interface.ALPHA_MAX
    assert fixture.settings["transmittance_stop"] == interface.TRANSMITTANCE_STOP
    assert fixture.settings["eps2d"] == interface.LOW_PASS


@pytest.mark.parametrize(
    ("projection", "prefix", "focal_factor"),
    [("pinhole", "", 1.0), ("fisheye", "fisheye_", 1.0), ("orthographic", "ortho_", 0.25)],
)
def test_projection(fixture: Fixture, projection: str, prefix: str, focal_factor: float) -> None:
    covariance = reference.covariances(fixture["quats"], fixture["scales"])
    assert_close(covariance, fixture["covariances"], TOLERANCE[fixture.dtype], "covariances")
    for view in range(fixture.settings["C"]):
        camera = fixture.camera(view, projection, focal_factor)
        got = reference.project(fixture["means"], covariance, camera, fixture.near())
        assert torch.equal(got.radii.to(fixture.dtype), fixture[prefix + "radii"][view])
        for name in ("means2d", "conics") + (("depths", "compensations") if not prefix else ()):
            expected = fixture[prefix + name][view]
            assert_close(getattr(got, name), expected, TOLERANCE[fixture.dtype], prefix + name)


def test_colours(fixture: Fixture) -> None:
    covariance = reference.covariances(fixture["quats"], fixture["scales"])
    for view in range(fixture.settings["C"]):
        camera = fixture.camera(view)
        visible = reference.project(fixture["means"], covariance, camera, fixture.near()).visible
        got = reference.sh_colours(fixture["means"], fixture["sh_coeffs"], camera.camera_from_world)
        assert_close(
            torch.where(visible[:, None], got, 0), fixture["colors"][view], TOLERANCE[fixture.dtype], "colours"
        )


@pytest.mark.parametrize("antialiased", [False, True])
def test_image(fixture: Fixture, antialiased: bool) -> None:
    suffix = "_antialiased" if antialiased else ""
    for view in range(fixture.settings["C"]):
        got = reference.splat(*fixture.gaussians(), fixture.camera(view), fixture.options(antialiased=antialiased))
        image = got.colour + (1 - got.alpha)[..., None] * fixture["background"][view]
        assert_close(image, fixture["image" + suffix][view], TOLERANCE[fixture.dtype], "image")
        assert_close(got.alpha[..., None], fixture["alpha" + suffix][view], TOLERANCE[fixture.dtype], "alpha")


def test_gradients(fixture: Fixture) -> None:
    leaves = {name: fixture[name].clone().requires_grad_() for name in ("means", "quats", "scales", "opacities")}
    leaves["sh_coeffs"] = fixture["sh_coeffs"].clone().requires_grad_()
    leaves["viewmats"] = fixture["viewmats"].clone().requires_grad_()
    leaves["background"] = fixture["background"].clone().requires_grad_()
    probes, loss = [], fixture["means"].new_zeros(())
    gaussians = [leaves[name] for name in ("means", "quats", "scales", "opacities", "sh_coeffs")]
    for view in range(fixture.settings["C"]):
        probe = torch.zeros(len(leaves["means"]), 2, dtype=fixture.dtype, requires_grad=True)
        camera = fixture.camera(view)._replace(camera_from_world=leaves["viewmats"][view])
        got = reference.splat(*gaussians, camera, fixture.options(), probe)
        image = got.colour + (1 - got.alpha)[..., None] * leaves["background"][view]
        loss = loss + (image * fixture["grad_image"][view]).sum()
        loss = loss + (got.alpha[..., None] * fixture["grad_alpha"][view]).sum()
        probes.append(probe)
    loss.backward()
    for name, leaf in leaves.items():
        assert leaf.grad is not None
        assert_close(leaf.grad, fixture["grad_" + name], GRADIENT_TOLERANCE[fixture.dtype], "grad_" + name)
    got_probe = torch.stack([p.grad for p in probes if p.grad is not None])
    assert_close(got_probe, fixture["grad_means2d"], GRADIENT_TOLERANCE[fixture.dtype], "grad_means2d")
