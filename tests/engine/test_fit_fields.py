"""Fits of radiance fields as a whole: what they write, that they can be repeated, resumed and read back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import recon3d
from recon3d.engine.evaluate import evaluate_run
from recon3d.engine.export import ExportRequest, export
from recon3d.engine.fit_request import FitRequest
from recon3d.engine.fit_scene import check_watchable, fit_scene
from recon3d.engine.interrupts import Interrupted
from recon3d.engine.mesh_run import MeshRunRequest, mesh_run
from recon3d.engine.pixels import Pixels
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import resolve
from recon3d.engine.run_folder import RunFolder
from recon3d.errors import BadInput, UsageError
from recon3d.io.meshes import read_mesh
from recon3d.io.scene import SceneOptions, load_scene
from recon3d.kernels import cpu
from recon3d.meshing import vertex_colours

SMALL: dict[str, dict[str, Any]] = {
    "ngp": {
        "encoder": {"occupancy": 32, "grid": {"levels": 4, "coarsest": 8, "finest": 48, "rows_log2": 12}},
        "renderer": {"samples": 64},
        "fit": {"pixels": 512, "fine_after": 30},
    },
    "triplane": {
        "encoder": {"occupancy": 32, "resolution": 32, "channels": 6, "decoder": {"hidden": 16}},
        "renderer": {"samples": 64},
        "fit": {"pixels": 512, "fine_after": 30},
    },
    "neus": {
        "encoder": {"occupancy": 32, "grid": {"levels": 4, "coarsest": 8, "finest": 48, "rows_log2": 12}},
        "renderer": {"samples": 64},
        "fit": {"pixels": 512, "fine_after": 30},
    },
    "mip_nerf_small": {
        "encoder": {"warm_up": 0, "network": {"width": 32, "octaves": 6}},
        "renderer": {"samples": 16},
        "fit": {"pixels": 128},
    },
    "flipnerf_small": {
        "encoder": {"warm_up": 0, "network": {"width": 32, "octaves": 6}},
        "renderer": {"samples": 16},
        "fit": {"pixels": 128},
    },
    "nerf": {
        "encoder": {"rate": 2e-3, "network": {"width": 32, "octaves": 5}},
        "renderer": {"samples": 16, "refined": 16},
        "fit": {"pixels": 256},
    },
}


def request(scene: Path, output: Path, recipe: str = "ngp", steps: int = 60, **more: Any) -> FitRequest:
    return FitRequest(scene, output, resolve(recipe, SMALL[recipe]), SceneOptions(), steps=steps, **more)


def run(scene: Path, output: Path, *more: Any, **named: Any) -> RunFolder:
    return fit_scene(request(scene, output, *more, **named), Progress("quiet"))


@pytest.fixture(scope="module")
def fitted(ball_scene: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return run(ball_scene, tmp_path_factory.mktemp("runs") / "ball", steps=400)


def test_a_field_learns_the_scene(fitted: RunFolder) -> None:
    metrics = json.loads(fitted.metrics.read_text())
    assert metrics["mean"]["psnr"] > 24
    assert fitted.field.is_file()
    assert not fitted.splats.exists()
    manifest = fitted.read_manifest()
    assert manifest["status"] == "finished"
    assert manifest["parameters"] > 10_000


def test_what_is_read_back_scores_the_same(fitted: RunFolder) -> None:
    before = json.loads(fitted.metrics.read_text())["mean"]
    assert evaluate_run(fitted.path)["mean"] == before


def test_a_field_is_seen_in_the_frame_and_units_of_the_input(fitted: RunFolder) -> None:
    """Cameras stand 4 from the ball's middle: that is how far its front is, but for its radius."""
    reconstruction = recon3d.load(fitted.path)
    rendering = reconstruction.render(reconstruction.cameras("test")[0], depth=True)
    assert rendering.depth is not None
    middle = rendering.depth[0, 20:28, 20:28]
    assert 2.8 < float(middle.median()) < 4.2
    assert float(rendering.alpha[0, 24, 24]) > 0.9
    assert float(rendering.alpha[0, 0, 0]) < 0.1


def test_a_field_is_no_splats(fitted: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds a radiance field, not Gaussians"):
        export(ExportRequest(fitted.path, tmp_path / "a.ply"))


def test_a_damaged_field_is_said_to_be(fitted: RunFolder, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    for name in ("manifest.json", "recipe.json"):
        (tmp_path / name).write_bytes((fitted.path / name).read_bytes())
    with pytest.raises(BadInput, match=r"has no field\.safetensors yet"):
        recon3d.load(tmp_path)
    tensors = load_file(fitted.field)
    del tensors["cells.occupied"]
    save_file(tensors, tmp_path / "field.safetensors")
    with pytest.raises(BadInput, match="is not a field of free_hash_grid"):
        recon3d.load(tmp_path)


def test_the_same_bits_on_any_number_of_threads(ball_scene: Path, tmp_path: Path) -> None:
    files = []
    for threads in (1, 2):
        cpu.set_threads(threads)
        files.append(run(ball_scene, tmp_path / str(threads)).field.read_bytes())
    cpu.set_threads(cpu.default_threads())
    assert files[0] == files[1]
    assert run(ball_scene, tmp_path / "other", seed=1).field.read_bytes() != files[0]


class StopsAfter(Progress):
    """Asks for the end after so many steps, as Ctrl-C does."""

    def __init__(self, steps: int) -> None:
        super().__init__("quiet")
        self.steps = steps

    def observe(self, moment: Any, text: str, **values: object) -> None:
        if moment.clock.step == self.steps:
            raise Interrupted(2)


@pytest.mark.parametrize("recipe", ["ngp", "triplane", "neus", "nerf", "mip_nerf_small", "flipnerf_small"])
def test_an_interrupted_fit_goes_on_to_the_same_bits(ball_scene: Path, tmp_path: Path, recipe: str) -> None:
    steps = 8 if "nerf" in recipe else 60
    whole = run(ball_scene, tmp_path / "whole", recipe, steps).field.read_bytes()
    again = request(ball_scene, tmp_path / "cut", recipe, steps)
    with pytest.raises(Interrupted):
        fit_scene(again, StopsAfter(steps * 2 // 3))
    assert fit_scene(again, Progress("quiet"), resume=True).field.read_bytes() == whole


@pytest.mark.parametrize("recipe", ["triplane", "neus", "nerf", "mip_nerf_small", "flipnerf_small"])
def test_others_learn_too(ball_scene: Path, tmp_path: Path, recipe: str) -> None:
    def psnr_after(steps: int) -> float:
        folder = run(ball_scene, tmp_path / str(steps), recipe, steps)
        return float(json.loads(folder.metrics.read_text())["mean"]["psnr"])

    assert psnr_after(150) > psnr_after(1) + 3


def test_a_surface_is_meshed_where_it_is(ball_scene: Path, tmp_path: Path) -> None:
    """The ball's blobs reach a little beyond a radius of 1 around the origin."""
    folder = run(ball_scene, tmp_path / "run", "neus", 200)
    mesh_run(
        MeshRunRequest(folder.path, tmp_path / "a.ply", paint=vertex_colours.Config(), faces=5000), lambda text: None
    )
    mesh = read_mesh(tmp_path / "a.ply")
    distances = mesh.vertices.norm(dim=-1)
    assert 0.6 < float(distances.median()) < 1.3
    assert float(distances.max()) < 1.8
    assert mesh.colours is not None
    assert float(mesh.colours.std()) > 0.02


def test_a_surface_wants_to_know_its_object(shared_scene) -> None:
    with pytest.raises(BadInput, match="neither alpha nor masks"):
        resolve("neus").parts["encoder"].build.begin(
            load_scene(shared_scene("fox"), SceneOptions(downscale=8)), 0, resolve("neus").parts["encoder"].config
        )


def test_a_field_cannot_be_watched() -> None:
    check_watchable(resolve("splat"))
    with pytest.raises(UsageError, match="--view"):
        check_watchable(resolve("ngp"))


def test_a_network_is_not_fitted_to_one_scene(ball_scene: Path, tmp_path: Path) -> None:
    asked = replace(request(ball_scene, tmp_path / "run"), recipe=resolve("pocket"))
    with pytest.raises(UsageError):
        fit_scene(asked, Progress("quiet"))


# Pixels


def test_pixels_are_those_of_the_pictures(ball_scene: Path) -> None:
    """Their colours, and rays where those of the whole picture go."""
    views = load_scene(ball_scene).train
    shown = Pixels(views, 300, 3, torch.device("cpu")).next()
    assert shown.images.shape == (300, 1, 1, 3)
    assert shown.alpha is not None
    _, directions = shown.cameras.rays()
    centres = views.cameras.centres
    for i in range(0, 300, 29):
        view = int((centres - shown.cameras.centres[i]).norm(dim=-1).argmin())
        whole = views[view]
        assert whole.alpha is not None
        _, all_directions = whole.cameras.rays()
        y, x = divmod(int((all_directions[0] - directions[i, 0, 0]).norm(dim=-1).argmin()), 48)
        torch.testing.assert_close(directions[i, 0, 0], all_directions[0, y, x])
        torch.testing.assert_close(shown.images[i, 0, 0], whole.images[0, y, x], atol=0.5 / 255 + 1e-6, rtol=0)
        torch.testing.assert_close(shown.alpha[i, 0, 0], whole.alpha[0, y, x], atol=1e-6, rtol=0)


def test_fewer_pixels_at_lower_resolutions(ball_scene: Path) -> None:
    pixels = Pixels(load_scene(ball_scene).train, 400, 3, torch.device("cpu"))
    assert [len(pixels.next(zoom)) for zoom in (0.25, 0.5, 1.0)] == [25, 100, 400]


def test_pixels_go_on_where_they_were(ball_scene: Path) -> None:
    views = load_scene(ball_scene).train
    pixels, other = (Pixels(views, 50, seed, torch.device("cpu")) for seed in (3, 4))
    pixels.next()
    other.restore(pixels.state())
    assert torch.equal(pixels.next().images, other.next().images)
