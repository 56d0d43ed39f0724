"""The command line as a user meets it: help, results, and one clear line for everything that cannot work."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from recon3d import cli

QUICK = ["--steps", "3", "--encoder.start-count", "200", "--progress", "quiet"]


def run(*words: object) -> int:
    return cli.run([str(word) for word in words])


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture
def scene(ball_scene: Path, tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return Path(shutil.copytree(ball_scene, tmp_path / "scene"))


def edit(path: Path, change) -> None:
    keys = json.loads(path.read_text())
    change(keys)
    path.write_text(json.dumps(keys))


def break_missing_folder(scene: Path) -> None:
    shutil.rmtree(scene)


def break_empty_folder(scene: Path) -> None:
    break_missing_folder(scene)
    scene.mkdir()


def break_no_cameras(scene: Path) -> None:
    pictures = scene / "images"
    shutil.move(scene / "train", pictures)
    for path in [*scene.glob("*.json"), *(scene / "test").iterdir()]:
        path.unlink()


def break_truncated_picture(scene: Path) -> None:
    path = scene / "train" / "r_3.png"
    path.write_bytes(path.read_bytes()[:-500])


def break_empty_picture(scene: Path) -> None:
    (scene / "train" / "r_3.png").write_bytes(b"")


def break_json_syntax(scene: Path) -> None:
    path = scene / "transforms_train.json"
    path.write_text(path.read_text().replace('"frames": [', '"frames": [,'))


def break_path_escape(scene: Path) -> None:
    edit(scene / "transforms_train.json", lambda k: k["frames"][0].update(file_path="../../outside"))


def break_infinite_camera(scene: Path) -> None:
    path = scene / "transforms_train.json"
    path.write_text(re.sub(r'"transform_matrix": \[\[[^,]*', '"transform_matrix": [[1e999', path.read_text(), count=1))


def break_mirrored_camera(scene: Path) -> None:
    def mirror(keys: dict) -> None:
        for row in keys["frames"][0]["transform_matrix"][:3]:
            row[0] = -row[0]

    edit(scene / "transforms_train.json", mirror)


def break_camera_model(scene: Path) -> None:
    keys = json.loads((scene / "transforms_train.json").read_text())
    for path in scene.glob("transforms_*.json"):
        path.unlink()
    keys |= {"camera_model": "CRYSTAL_BALL", "fl_x": 60.0, "fl_y": 60.0, "cx": 24.0, "cy": 24.0, "w": 48, "h": 48}
    for frame in keys["frames"]:
        frame["file_path"] += ".png"
    (scene / "transforms.json").write_text(json.dumps(keys))


BROKEN = {
    break_missing_folder: "scene: there is no such folder",
    break_empty_folder: "scene: the folder is empty",
    break_no_cameras: "no cameras; make them with COLMAP",
    break_truncated_picture: "r_3.png",
    break_empty_picture: "r_3.png: is empty",
    break_json_syntax: "transforms_train.json:1:",
    break_path_escape: "../../outside",
    break_infinite_camera: "transforms_train.json",
    break_mirrored_camera: "mirrored",
    break_camera_model: "CRYSTAL_BALL",
}


@pytest.mark.parametrize(("broken", "said"), BROKEN.items(), ids=[f.__name__ for f in BROKEN])
def test_bad_input_is_one_clear_line(broken, said: str, scene: Path, tmp_path: Path, capsys) -> None:
    broken(scene)
    old = tmp_path / "runs" / "old"
    old.mkdir(parents=True)
    (old / "manifest.json").write_text("{}")
    before = digest(tmp_path)
    assert run("fit", scene, "--output", old, "--overwrite", *QUICK) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("recon3d: ")
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err
    assert said in captured.err
    assert ";" in captured.err  # a remedy
    assert digest(tmp_path) == before


def test_an_output_that_exists_is_refused(scene: Path, tmp_path: Path, capsys) -> None:
    (tmp_path / "out").mkdir()
    assert run("fit", scene, "--output", tmp_path / "out", *QUICK) == 3
    assert "exists already; name another --output, or add --resume or --overwrite" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []


def test_fit_eval_render_export(scene: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "run"
    assert run("fit", scene, "--output", out, *QUICK, "--density.cap", "300", "--background", "black") == 0
    assert str(out / "splats.ply") in capsys.readouterr().out
    recipe = json.loads((out / "recipe.json").read_text())
    assert recipe["density"]["cap"] == 300
    assert recipe["objective"]["background"] == "black"
    assert json.loads((out / "manifest.json").read_text())["argv"][:2] == ["recon3d", "fit"]

    assert run("eval", out) == 0
    table = capsys.readouterr().out
    assert "psnr" in table
    assert "lpips unavailable" in table

    assert run("export", out, "--output", tmp_path / "one.ply") == 0
    assert (tmp_path / "one.ply").read_bytes() == (out / "splats.ply").read_bytes()
    assert run("export", out, "--output", tmp_path / "one.ply") == 3
    assert run("export", out, "--output", tmp_path / "one.ply", "--overwrite") == 0
    assert run("export", out, "--output", tmp_path / "one.obj") == 2

    for words, count in (
        (("--frames", "3"), 3),
        (("--path", "test", "--depth"), 3),
        (("--path", out / "cameras_train.json", "--size", "20x10"), 16),
    ):
        folder = tmp_path / f"pictures{count}{len(words)}"
        assert run("render", out, "--output", folder, *words) == 0
        assert len(list(folder.iterdir())) == count
    assert run("render", tmp_path / "one.ply", "--frames", "2", "--output", tmp_path / "around", "--up", "z") == 0
    assert run("render", out, "--output", tmp_path / "around") == 3  # not empty
    assert run("render", out, "--path", "nowhere.json", "--output", tmp_path / "n") == 3


def test_a_film(scene: Path, tmp_path: Path) -> None:
    pytest.importorskip("imageio_ffmpeg")
    assert run("fit", scene, "--output", tmp_path / "run", *QUICK) == 0
    film = tmp_path / "films" / "orbit.mp4"
    assert run("render", tmp_path / "run", "--output", film, "--frames", "4", "--size", "33x21") == 0
    assert film.read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize(
    "words",
    [
        ["fit"],
        ["dance"],
        ["fit", "scene", "--recipe", "none"],
        ["fit", "scene", "--time-budget", "soon"],
        ["fit", "scene", "--time-budget", "0s"],
        ["fit", "scene", "--encoder.start", "magic"],
        ["fit", "scene", "--encoder.nothing", "3"],
        ["fit", "scene", "--density.name", "none"],
        ["fit", "scene", "--downscale", "0"],
        ["render", "x.ply", "--size", "big"],
    ],
)
def test_wrong_words_are_a_usage_error(words: list[str], capsys) -> None:
    try:
        code = cli.run(words)
    except SystemExit as stopped:  # tyro's own
        code = stopped.code
    assert code == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "value"), [("90", 90), ("90s", 90), ("3m", 180), ("1m30s", 90), ("1.5h", 5400), ("0.5m", 30)]
)
def test_lengths_of_time(text: str, value: float) -> None:
    from recon3d.cli._flags import seconds

    assert seconds(text) == value


def test_help_needs_no_torch() -> None:
    """The price of torch is two seconds; --help must not pay it."""
    program = """
import sys
from recon3d import cli
try:
    cli.run(sys.argv[1:])
except SystemExit:
    pass
print('torch' in sys.modules)
"""
    for words in (["--help"], *([verb, "--help"] for verb in cli.verbs())):
        result = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
        assert result.stdout.endswith("False\n"), words
        assert "usage: recon3d" in result.stdout
    assert "130/143" in cli.overview()


def test_the_command_exits_with_the_code() -> None:
    result = subprocess.run([sys.executable, "-m", "recon3d", "fit", "/nowhere"], capture_output=True, text=True)
    assert result.returncode == 3
    assert result.stderr.count("\n") == 1


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    from recon3d.errors import BadInput

    with pytest.raises(BadInput):
        run("fit", tmp_path / "nowhere", "--debug")


def test_doctor(capsys) -> None:
    assert run("doctor") == 0
    assert "kernels" in capsys.readouterr().out
    assert run("doctor", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["versions"]["recon3d"]
