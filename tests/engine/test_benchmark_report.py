"""Tables, plots and the rule that our own row stands only beside what was measured alike."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path

import pytest

from recon3d.engine.benchmark import blender, published
from recon3d.engine.benchmark.html_tables import OURS, duration, number
from recon3d.engine.benchmark.plots import Bar, Line, bars, curves, nice_ticks
from recon3d.engine.benchmark.protocols import BenchmarkRequest
from recon3d.engine.benchmark.report import report
from recon3d.engine.benchmark.scenes import known_name, scan_number, without_doubles
from recon3d.engine.benchmark.table import mean_of, mean_row, rows_of
from recon3d.engine.recipe import resolve

MACHINE = {
    "device": "cpu",
    "processor": "a <fast> one",
    "cores": 2,
    "instruction_set": "avx2",
    "kernels": "cpu",
    "platform": "x",
}


def result(scene: str, psnr: float | None, case: str = "", seed: int = 0, size: str = "800x800") -> dict:
    fit = {"seconds": 60.0, "steps": 100, "gaussians": 1000, "size": size, "train": 100, "test": 200}
    scores = {"psnr": psnr, "ssim": 0.97}
    return {
        "case": case or scene,
        "scene": scene,
        "seed": seed,
        "mean": scores,
        "fit": fit,
        "curve": {},
        "shown": {},
    }


def page(results: list[dict]) -> str:
    protocol = blender.Benchmark(BenchmarkRequest("blender", Path(), Path(), resolve("splat_mcmc")), None)
    rows = rows_of(results)
    summary = {
        "title": "T & co",
        "about": ["how"],
        "written": "2026-01-01T00:00:00+00:00",
        "argv": ["recon3d", "<b>"],
        "machine": MACHINE,
        "versions": {"recon3d": "1"},
        "recipe": {"recipe": "r"},
        "budget": {"steps": None, "seconds": 60.0, "seeds": 1},
        "fits": {"wanted": len(results), "done": len(results)},
        "departures": protocol.departures(results),
        "failed": {},
        "rows": rows,
        "mean": mean_row(rows),
    }
    return report(summary, protocol, results, [Path()] * len(results))


def test_our_row_stands_among_the_others_where_all_was_measured_alike() -> None:
    text = page([result(scene, 33.0 + i / 10) for i, scene in enumerate(blender.SCENES)])
    assert text.count(OURS) == 2
    methods = re.findall(r"<tr class=\"(?:ours)?\"><td>([^<]*)</td><td>(3\d\.\d\d)</td>", text)
    values = [float(value) for method, value in methods if method in ("Zip-NeRF", OURS, "3DGS")][:3]
    assert values == [33.67, 33.35, 33.31]  # in order
    assert "Not the published measurement" not in text


@pytest.mark.parametrize("change", ["size", "scene"])
def test_it_does_not_where_anything_differs(change: str) -> None:
    results = [result(scene, 33.0, size="400x400" if change == "size" else "800x800") for scene in blender.SCENES]
    text = page(results if change == "size" else results[1:])
    assert OURS not in text
    assert "Not the published measurement" in text
    assert "33.67" in text


def test_what_others_wrote_is_escaped() -> None:
    text = page([result("<i>lego</i>", 30.0)])
    assert "<i>lego" not in text
    assert "&lt;i&gt;lego" in text
    assert "T &amp; co" in text
    assert "a &lt;fast&gt; one" in text
    assert "<b></code>" not in text


def test_scenes_are_averaged_after_their_cases_and_cases_after_their_seeds() -> None:
    rows = rows_of([result("a", 10.0), result("a", 20.0, seed=1), result("b", 30.0, "b-0"), result("b", 40.0, "b-1")])
    assert [row["case"] for row in rows] == ["a", "b-0", "b-1"]
    assert rows[0]["psnr"] == 15
    assert (rows[0]["low"]["psnr"], rows[0]["high"]["psnr"]) == (10, 20)
    assert mean_row(rows)["psnr"] == (15 + 35) / 2


def test_a_mean_of_something_unknown_is_unknown() -> None:
    assert mean_of([1.0, None]) is None
    assert mean_of([]) is None
    rows = rows_of([result("a", 10.0), result("b", None)])
    assert mean_row(rows)["psnr"] is None
    assert mean_row(rows)["ssim"] == pytest.approx(0.97)
    assert "\N{EN DASH}" in page([result("a", 10.0), result("b", None)])


def test_published_means_are_those_of_their_scenes() -> None:
    """As far as rounding goes: a slip of the pen would show."""
    for table, keys in (
        (published.BLENDER_PER_SCENE, published.BLENDER),
        (published.DTU_SURFACE_PER_SCAN, [f"scan{n}" for n in published.SCANS]),
    ):
        for row in table.rows:
            assert sum(row.values[key] for key in keys) / len(keys) == pytest.approx(row.values["mean"], abs=0.03)


def test_published_rows_have_what_their_columns_ask_for() -> None:
    tables = [published.BLENDER_ONE_HARNESS, published.DTU_SURFACE, published.DTU_SURFACE_FEW]
    for table in [*tables, *published.DTU_FEW_VIEWS.values()]:
        keys = {column.key for column in table.columns}
        assert set(table.ours) <= keys
        for row in table.rows:
            assert set(row.values) <= keys
            assert table.columns[0].key in row.values
            assert row.source


@pytest.mark.parametrize(
    ("low", "high"), [(20.0, 35.0), (0.0, 0.97), (33.1, 33.2), (5.0, 5.0), (0.0, 1e-3), (0.0, 1234.0)]
)
def test_ticks_are_round_and_reach_around(low: float, high: float) -> None:
    ticks = nice_ticks(low, high)
    assert ticks[0] <= low
    assert ticks[-1] >= high
    assert 2 <= len(ticks) <= 9
    step = ticks[1] - ticks[0]
    assert step / 10 ** math.floor(math.log10(step) + 1e-9) == pytest.approx(
        round(step / 10 ** math.floor(math.log10(step) + 1e-9), 1)
    )
    assert [b - a for a, b in itertools.pairwise(ticks)] == pytest.approx([step] * (len(ticks) - 1))


def test_bars_are_as_high_as_their_values() -> None:
    drawing = bars([Bar("a", 10.0, 10.0, 10.0), Bar("b & c", 20.0, 19.0, 21.0)], 1)
    heights = [float(h) for h in re.findall(r'<rect[^>]* height="([\d.]+)"', drawing)]
    assert heights[1] == pytest.approx(2 * heights[0], rel=0.01)
    assert "b &amp; c" in drawing
    assert ">20.0<" in drawing


def test_curves_rise_where_values_do() -> None:
    drawing = curves([Line("a", [(1.0, 20.0), (10.0, 30.0)]), Line("b", [(1.0, 25.0)])])
    first = re.search(r'points="([\d.]+),([\d.]+) ([\d.]+),([\d.]+)"', drawing)
    x1, y1, x2, y2 = map(float, first.groups())
    assert x1 < x2
    assert y1 > y2  # downwards counts
    assert drawing.count("<circle") == 3
    assert drawing.count("<i style") == 2


def test_names_of_scenes(tmp_path: Path) -> None:
    assert scan_number(tmp_path / "dtu_scan065") == 65
    assert scan_number(tmp_path / "scan8") == 8
    assert scan_number(tmp_path / "chair") is None
    assert known_name(tmp_path / "blender_chair", blender.SCENES) == "chair"
    assert known_name(tmp_path / "armchair", blender.SCENES) == "armchair"
    assert without_doubles([tmp_path / "a_chair", tmp_path / "b_chair"], ["chair", "chair"]) == ["a_chair", "b_chair"]


def test_numbers_as_people_read_them() -> None:
    assert number(None, 2) == "\N{EN DASH}"
    assert number(34562.0, 0) == "34\u202f562"
    assert [duration(s) for s in (None, 31.4, 312.0, 3780.0)] == ["\N{EN DASH}", "31 s", "5 min 12 s", "1 h 3 min"]
