"""`recon3d benchmark` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recon3d import cli

QUICK = ["--steps", "3", "--encoder.start-count", "200", "--progress", "quiet"]


def run(*words: object) -> int:
    return cli.run(["benchmark", *(str(word) for word in words)])


def test_a_bundled_scene(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ketch = Path(__file__).parents[2] / "scenes" / "ketch"
    assert run("blender", ketch, "--output", tmp_path / "out", *QUICK) == 0
    said = capsys.readouterr().out
    summary = json.loads((tmp_path / "out" / "benchmark.json").read_text())
    assert f"{summary['mean']['psnr']:.4f}" in said
    assert str(tmp_path / "out" / "report.html") in said
    assert "not the published measurement: 400x400 pixels instead of 800x800" in said
    assert summary["argv"][:2] == ["recon3d", "benchmark"]
    assert summary["recipe"]["encoder"]["start_count"] == 200


def test_real_scenes_few_views(shared_scene, tmp_path: Path) -> None:
    scan = shared_scene("dtu_scan65")
    assert run("dtu-views", scan, "--views", "3", "--output", tmp_path / "out", *QUICK) == 0
    (row,) = json.loads((tmp_path / "out" / "benchmark.json").read_text())["rows"]
    assert row["case"] == "scan65"
    assert 3 < row["psnr"] < 15


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["blender", "nowhere"], 3, "nowhere: there is no such folder; give a scene"),
        (["dtu-surface", ".", "--views", "6"], 2, "--views 6: is no protocol for surfaces; use 3"),
        (["blender", ".", "--time-budget", "soon"], 2, "is not a length of time"),
        (["blender", ".", "--recipe", "pocket"], 2, "recipe pocket"),
    ],
)
def test_failures_are_one_line(
    words: list[str],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*words, "--output", "out") == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [[], ["sculpture", "."], ["blender"], ["dtu-views", ".", "--views", "4"]])
def test_wrong_words(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(*words)
    assert stopped.value.code == 2
    assert capsys.readouterr().err
