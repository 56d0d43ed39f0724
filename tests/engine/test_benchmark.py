"""Benchmarks as a whole: what they fit, score, keep and report; what they do not run again."""

from __future__ import annotations

import dataclasses
import json
import re
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from dtu_scenes import RADIUS, shown_sizes, write_dtu_scene, write_dtu_truth

from recon3d.engine.benchmark import runs
from recon3d.engine.benchmark.curve import MOMENTS
from recon3d.engine.benchmark.dtu_surface import without_small_pieces
from recon3d.engine.benchmark.meshes import mesh_of_run
from recon3d.engine.benchmark.protocols import BenchmarkRequest
from recon3d.engine.benchmark.running import benchmark, protocol_of
from recon3d.engine.benchmark.views import coloured, evenly_spread, ranked, small
from recon3d.engine.evaluate import evaluate_run
from recon3d.engine.interrupts import Interrupted
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import resolve
from recon3d.errors import BadInput, Diverged, PartialResult, UsageError
from recon3d.io.images import read_image
from recon3d.metrics import dtu_views
from recon3d.types import Mesh

RECIPE = resolve("splat_mcmc", {"encoder": {"start_count": 200}, "density": {"cap": 300}})


def request(kind: str, path: Path, output: Path, **more: object) -> BenchmarkRequest:
    return BenchmarkRequest(kind, path, output, RECIPE, **{"steps": 12, **more})


def run(asked: BenchmarkRequest, mesh=mesh_of_run) -> dict:
    """What benchmark.json holds."""
    outcome = benchmark(asked, Progress("quiet"), mesh)
    written = json.loads(outcome.table.read_text())
    assert written == json.loads(json.dumps(outcome.summary))
    return written


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Cases and seeds that are fitted from now on."""
    fitted = []
    fit = runs._fit
    monkeypatch.setattr(runs, "_fit", lambda *args: (fitted.append((args[2].name, args[3])), fit(*args)))
    return fitted


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dtu_scene(tmp_path_factory.mktemp("dtu") / "scan65", dtu_views.VIEWS)


@pytest.fixture(scope="module")
def blender(ball_scene: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, Path]:
    output = tmp_path_factory.mktemp("benchmark") / "out"
    return run(request("blender", ball_scene, output, seeds=2)), output


def test_blender_scores_are_those_of_recon3d_eval(blender: tuple[dict, Path]) -> None:
    """Which follows the same protocol."""
    summary, output = blender
    for seed in (0, 1):
        result = json.loads((output / "ball" / f"seed-{seed}" / "result.json").read_text())
        own = evaluate_run(output / "ball" / f"seed-{seed}" / "run")
        assert result["per_view"] == own["per_view"]
        assert result["mean"] == {key: value for key, value in own["mean"].items() if key != "lpips"}
    (row,) = summary["rows"]
    assert row["seeds"] == 2
    assert row["low"]["psnr"] < row["psnr"] < row["high"]["psnr"]
    assert row["psnr"] == pytest.approx((row["low"]["psnr"] + row["high"]["psnr"]) / 2)
    assert summary["mean"]["psnr"] == row["psnr"]
    assert [line.split()[0] for line in summary["departures"]] == ["48x48", "16", "3", "0"]


def test_the_curve_ends_with_the_fit_and_its_clock_stands_still(blender: tuple[dict, Path]) -> None:
    _, output = blender
    curve = json.loads((output / "ball" / "seed-0" / "curve.json").read_text())
    result = json.loads((output / "ball" / "seed-0" / "result.json").read_text())
    assert result["curve"] == curve
    steps = [point["step"] for point in curve["points"]]
    assert steps == sorted({max(1, -(-int(1200 * share) // 100)) for share in MOMENTS})
    seconds = [point["seconds"] for point in curve["points"]]
    assert seconds == sorted(seconds)
    assert seconds[-1] <= result["fit"]["seconds"]
    assert len(curve["views"]) == 3
    assert curve["points"][-1]["psnr"] == pytest.approx(result["mean"]["psnr"], abs=1e-3)


def test_worst_median_and_best_view_are_shown(blender: tuple[dict, Path]) -> None:
    _, output = blender
    folder = output / "ball" / "seed-0"
    result = json.loads((folder / "result.json").read_text())
    by_score = sorted(result["per_view"], key=lambda name: result["per_view"][name]["psnr"])
    assert [result["shown"][rank]["name"] for rank in ("worst", "median", "best")] == by_score
    evaluate_run(folder / "run")
    render = read_image(folder / "views" / "worst.render.png")
    own = read_image((folder / "run" / "renders" / by_score[0]).with_suffix(".render.png"))
    np.testing.assert_array_equal(render, own)
    assert shown_sizes(folder / "views") == {(48, 48)}
    assert len(list((folder / "views").iterdir())) == 9


def test_the_report_holds_all_it_shows(blender: tuple[dict, Path]) -> None:
    summary, output = blender
    page = (output / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 9
    assert page.count("<svg") == 3
    assert "<script" not in page
    links = re.findall(r"""(?:src|href)=["']([^"']*)|url\(([^)]*)\)|@import""", page)
    assert all(link[0].startswith("data:image/png;base64,") for link in links)
    assert f"{summary['mean']['psnr']:.2f}" in page
    assert "33.67" in page  # of others
    assert "recon3d (this run)" not in page  # nor is this run among them


def test_what_is_there_is_not_run_again(blender: tuple[dict, Path], ball_scene: Path, fits: list) -> None:
    _, output = blender
    before = (output / "ball" / "seed-1" / "run" / "splats.ply").read_bytes()
    same = request("blender", ball_scene, output, seeds=2)
    run(same)
    assert fits == []
    (output / "ball" / "seed-1" / "views" / "best.error.png").unlink()
    run(same)
    assert fits == []
    assert (output / "ball" / "seed-1" / "views" / "best.error.png").is_file()
    assert (output / "ball" / "seed-1" / "run" / "splats.ply").read_bytes() == before


def test_other_settings_and_recipes_are_run_again(ball_scene: Path, tmp_path: Path, fits: list) -> None:
    first = request("blender", ball_scene, tmp_path / "out", steps=2)
    other_recipe = resolve("splat_mcmc", {"encoder": {"start_count": 201}, "density": {"cap": 300}})
    for asked, count in (
        (first, 1),
        (first, 1),
        (dataclasses.replace(first, steps=3), 2),
        (dataclasses.replace(first, steps=3, recipe=other_recipe), 3),
        (dataclasses.replace(first, steps=3, recipe=other_recipe, overwrite=True), 4),
    ):
        summary = run(asked)
        assert len(fits) == count
        assert summary["rows"][0]["steps"] == asked.steps
        curve = json.loads((tmp_path / "out" / "ball" / "seed-0" / "curve.json").read_text())
        assert curve["points"][-1]["step"] == asked.steps


def test_an_interrupted_fit_goes_on(ball_scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(request("blender", ball_scene, tmp_path / "whole", steps=60))
    observe = Progress.observe

    def stop_at_25(self: Progress, moment: object, text: str, **values: object) -> None:
        observe(self, moment, text, **values)
        if moment.clock.step == 25:
            signal.raise_signal(signal.SIGINT)

    asked = request("blender", ball_scene, tmp_path / "parts", steps=60)
    monkeypatch.setattr(Progress, "observe", stop_at_25)
    with pytest.raises(Interrupted):
        run(asked)
    assert not (tmp_path / "parts" / "report.html").exists()
    monkeypatch.setattr(Progress, "observe", observe)
    parts = run(asked)
    assert parts["rows"][0]["psnr"] == whole["rows"][0]["psnr"]
    curves = [json.loads((tmp_path / f / "ball/seed-0/curve.json").read_text())["points"] for f in ("whole", "parts")]
    without_time = [{point["step"]: point["psnr"] for point in curve} for curve in curves]
    assert without_time[0].items() <= without_time[1].items()


def test_some_scenes_of_a_folder_fail(
    ball_scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fits: list
) -> None:
    for name in ("chair", "my_lego"):
        (tmp_path / "scenes").mkdir(exist_ok=True)
        (tmp_path / "scenes" / name).symlink_to(ball_scene)
    (tmp_path / "scenes" / "notes").mkdir()
    fit = runs.fit_scene

    def diverge(asked, *more, **others):
        if "lego" in str(asked.scene):
            raise Diverged("step 1", "the loss is not finite")
        return fit(asked, *more, **others)

    monkeypatch.setattr(runs, "fit_scene", diverge)
    asked = request("blender", tmp_path / "scenes", tmp_path / "out", steps=2)
    with pytest.raises(PartialResult, match="1 of 2 fits failed"):
        run(asked)
    assert fits == [("chair", 0), ("lego", 0)]
    summary = json.loads((tmp_path / "out" / "benchmark.json").read_text())
    assert summary["failed"] == {"lego, seed 0": "step 1: the loss is not finite"}
    assert [row["case"] for row in summary["rows"]] == ["chair"]
    assert "the loss is not finite" in (tmp_path / "out" / "report.html").read_text()
    monkeypatch.setattr(runs, "fit_scene", fit)
    assert [row["case"] for row in run(asked)["rows"]] == ["chair", "lego"]
    assert fits[2:] == [("lego", 0)]


def test_what_is_no_scene_and_what_is_no_benchmark(ball_scene: Path, scan: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    for asked in (
        request("blender", tmp_path / "nowhere", tmp_path / "out"),
        request("blender", scan, tmp_path / "out"),
        request("dtu-views", ball_scene, tmp_path / "out"),
        request("blender", ball_scene, tmp_path / "mine"),
    ):
        with pytest.raises(BadInput):
            run(asked)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_few_views_are_the_published_ones(scan: Path, tmp_path: Path) -> None:
    summary = run(request("dtu-views", scan, tmp_path / "out", steps=3, views=3))
    folder = tmp_path / "out" / "scan65" / "seed-0"
    split = json.loads((folder / "run" / "manifest.json").read_text())["scene"]["split"]
    assert sorted(split["train"]) == ["000022.png", "000025.png", "000028.png"]
    assert split["test"] == [f"{i:06d}.png" for i in dtu_views.TESTED]
    result = json.loads((folder / "result.json").read_text())
    assert len(result["per_view"]) == 25
    assert summary["departures"] == [
        "48x48 pixels instead of 400x300",
        "0 of the 15 published scans, and scan65 besides",
    ]
    assert "Binocular3DGS" in (tmp_path / "out" / "report.html").read_text()


def test_object_scores_are_those_of_the_pictures_under_the_masks(scan: Path, tmp_path: Path) -> None:
    summary = run(request("dtu-views", scan, tmp_path / "out", steps=3))
    folder = tmp_path / "out" / "scan65" / "seed-0"
    result = json.loads((folder / "result.json").read_text())
    assert list(result["per_view"]) == [f"{i:06d}.png" for i in range(0, 49, 8)]
    name = result["shown"]["median"]["name"]
    mask = read_image(scan / "mask" / f"{int(name[:6]):03d}.png")[..., 0] == 255
    truth, render = (read_image(folder / "views" / f"median.{kind}.png") / 255 for kind in ("truth", "render"))
    np.testing.assert_array_equal(truth[~mask], 1)
    np.testing.assert_array_equal(render[~mask], 1)
    np.testing.assert_array_equal(truth[mask], (read_image(scan / "image" / name) / 255)[mask])
    expected = -10 * np.log10(np.square(truth - render)[mask].mean())
    assert result["per_view"][name]["psnr"] == pytest.approx(expected, abs=1e-4)
    assert summary["departures"][0].startswith("many views")


def test_masks_are_for_scoring_only_unless_asked_for(scan: Path, tmp_path: Path) -> None:
    plain, told = (
        protocol_of(request("dtu-views", scan, tmp_path, views=6, masks=masks), mesh_of_run) for masks in ("auto", "on")
    )
    assert [protocol.cases()[0].options.masks for protocol in (plain, told)] == [False, True]
    results = [{"scene": f"scan{n}", "fit": {"size": "400x300"}} for n in dtu_views.SCANS]
    assert plain.departures(results) == []
    assert told.departures(results) == ["the fits were told the masks of their pictures"]


def test_scans_that_the_protocol_does_not_fit(tmp_path: Path) -> None:
    small_scan = write_dtu_scene(tmp_path / "scan8", 5)
    with pytest.raises(BadInput, match="has 5 pictures, the split of few views is of 49"):
        run(request("dtu-views", small_scan, tmp_path / "out", views=3))
    (small_scan / "mask" / "001.png").unlink()
    with pytest.raises(BadInput, match="has not a mask for every picture"):
        run(request("dtu-views", small_scan, tmp_path / "out"))


def sphere_and_rubbish(path: Path) -> Mesh:
    """A sphere half as large as the scanned one, and something beside the object that every picture shows."""
    ball = trimesh.creation.icosphere(5, RADIUS / 2)
    rubbish = trimesh.creation.icosphere(0, 0.02)
    rubbish.apply_translation((0, 0, 1.1))
    both = trimesh.util.concatenate([ball, rubbish])
    return Mesh(torch.from_numpy(np.array(both.vertices)).float(), torch.from_numpy(np.array(both.faces)))


@pytest.mark.parametrize("views", [None, 3])
def test_surfaces(scan: Path, tmp_path: Path, views: int | None) -> None:
    truth = write_dtu_truth(tmp_path / "truth", 65)
    asked = request("dtu-surface", scan, tmp_path / "out", steps=2, ground_truth=truth, views=views)
    summary = run(asked, sphere_and_rubbish)
    assert [row["case"] for row in summary["rows"]] == (["scan65"] if views is None else ["scan65-set0", "scan65-set1"])
    for row in summary["rows"]:
        assert row["accuracy"] == pytest.approx(RADIUS / 2, rel=0.02)
        assert row["completeness"] == pytest.approx(RADIUS / 2, rel=0.1)  # samples are 0.2 apart
        assert row["chamfer"] == pytest.approx((row["accuracy"] + row["completeness"]) / 2)
    assert summary["departures"] == ["1 of the 15 published scans"]
    assert (tmp_path / "out" / "report.html").read_text().count("data:image/png;base64,") == 9 * len(summary["rows"])
    folders = sorted((tmp_path / "out").glob("*/seed-0"))
    trained = [json.loads((f / "run/manifest.json").read_text())["scene"]["split"]["train"] for f in folders]
    wanted = [range(49)] if views is None else [(23, 24, 33), (42, 43, 44)]
    assert [sorted(names) for names in trained] == [[f"{i:06d}.png" for i in ids] for ids in wanted]


def test_the_surface_of_a_run_is_made_of_its_own_views(scan: Path, tmp_path: Path) -> None:
    """Also where these were chosen by the published split; and it is where the painted ball is."""
    asked = request("dtu-views", scan, tmp_path / "out", steps=60, views=9, masks="on")
    run(asked)
    mesh = mesh_of_run(tmp_path / "out" / "scan65" / "seed-0" / "run")
    assert len(mesh.faces) > 100
    assert float(mesh.vertices.norm(dim=-1).median()) == pytest.approx(1, abs=0.4)


def test_small_pieces_go() -> None:
    large, small_one = trimesh.creation.icosphere(3), trimesh.creation.icosphere(2)  # 1280 and 320 faces
    small_one.apply_translation((5, 0, 0))
    both = trimesh.util.concatenate([small_one, large])
    mesh = Mesh(torch.from_numpy(np.array(both.vertices)).float(), torch.from_numpy(np.array(both.faces)))
    left = without_small_pieces(mesh)
    assert len(left.faces) == 1280
    assert float(left.vertices[:, 0].max()) <= 1


def test_surfaces_without_their_truth(scan: Path, tmp_path: Path) -> None:
    asked = request("dtu-surface", scan, tmp_path / "out", steps=2)
    with pytest.raises(BadInput, match=r"holds no Points/stl/stl065_total\.ply"):
        run(asked)
    with pytest.raises(UsageError, match="--views 6"):
        run(dataclasses.replace(asked, views=6))
    assert not (tmp_path / "out").exists()
    truth = write_dtu_truth(tmp_path / "truth", 65, masks=False)
    summary = run(dataclasses.replace(asked, ground_truth=truth), sphere_and_rubbish)
    assert summary["departures"][0] == "scan65 without ObsMask/ObsMask65_10.mat and ObsMask/Plane65.mat"
    assert summary["rows"][0]["completeness"] > RADIUS  # the table is not left out


def test_evenly_spread() -> None:
    assert evenly_spread(200, 4) == [25, 75, 125, 175]
    assert evenly_spread(3, 4) == [0, 1, 2]
    assert evenly_spread(0, 4) == []


def test_ranks_name_every_view_once() -> None:
    assert ranked({"a": 3.0, "b": 1.0, "c": 2.0}) == {"worst": "b", "median": "c", "best": "a"}
    assert ranked({"a": 3.0}) == {"median": "a"}
    assert ranked({"a": 3.0, "b": 1.0}) == {"worst": "b", "median": "a"}


def test_pictures_of_a_report() -> None:
    assert small(np.zeros((300, 800, 3), np.float32)).shape == (150, 400, 3)
    assert small(np.zeros((30, 80), np.float32)).shape == (30, 80)
    shades = coloured(np.array([[0.0, 0.1, 0.25, 1.0]], np.float32))
    np.testing.assert_allclose(shades[0, 0], 1)
    assert shades[0].sum(-1).tolist() == sorted(shades[0].sum(-1).tolist(), reverse=True)
    np.testing.assert_allclose(shades[0, 2], shades[0, 3])
