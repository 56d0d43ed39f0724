"""Photo to mesh, with a network of TripoSR's kind that is small and knows nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from safetensors.torch import save_file
from torch import Tensor

from recon3d import cli
from recon3d.encoders.triposr import TripoSR
from recon3d.engine.encoder_weights import load_encoder
from recon3d.engine.field_on_device import FieldOnDevice
from recon3d.engine.mesh_photos import MeshRequest, extracted, field_of, front_from_world, view_of
from recon3d.engine.precision import autocast
from recon3d.engine.recipe import read_values, resolve
from recon3d.io.images import read_image, write_image

SMALL = {
    "encoder": {
        "picture": 32,
        "width": 64,
        "layers": 1,
        "heads": 2,
        "plane": 8,
        "channels": 8,
        "vision": {"width": 32, "layers": 1, "heads": 2, "hidden": 64, "grid": 2},
        "decoder": {"hidden": 16, "layers": 2},
    },
    "surface": {"resolution": 40, "coarsest": 10, "level": 0.4},
    "paint": {"size": 256},
}


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """Recipe and weights of the small network, as flags."""
    torch.manual_seed(0)
    recipe = resolve("triposr", SMALL)
    network = TripoSR(recipe.parts["encoder"].config)
    network.decoder.layers[-1].weight.data *= 30  # something must stand out
    save_file(network.state_dict(), tmp_path / "w.safetensors")
    (tmp_path / "small.json").write_text(json.dumps(recipe.to_json()))
    return ["--recipe", str(tmp_path / "small.json"), "--weights", str(tmp_path / "w.safetensors")]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    picture = np.full((60, 80, 3), 250, np.uint8)
    picture[15:45, 20:50] = [200, 40, 60]
    write_image(tmp_path / "thing.png", picture)
    return tmp_path / "thing.png"


def test_one_photo_becomes_a_mesh(tmp_path: Path, words: list[str], photo: Path, capsys) -> None:
    output = tmp_path / "out" / "thing.glb"
    assert cli.run(["mesh", str(photo), "--output", str(output), *words]) == 0
    mesh = trimesh.load(output, force="mesh")
    assert len(mesh.faces) > 100
    said = capsys.readouterr().out
    assert "sha256" in said
    assert f"{len(mesh.faces)} faces" in said
    seen = read_image(output.with_name("thing.input.png"))
    assert seen.shape[0] == seen.shape[1]
    assert seen[..., 3].max() == 255
    assert cli.run(["mesh", str(photo), "--output", str(output), *words]) == 3  # it exists
    assert cli.run(["mesh", str(photo), "--output", str(output), "--overwrite", *words]) == 0


def test_half_the_precision_makes_nearly_the_same_field(words: list[str], photo: Path) -> None:
    """bfloat16 keeps 8 bits; what comes out is in float32 again."""
    encode = load_encoder(resolve(words[1]), words[3], lambda line: None)
    view, _ = view_of(photo, encode.viewpoint())
    planes = []
    for precision in ("float32", "bfloat16"):
        with torch.no_grad(), autocast(precision, torch.device("cpu")):
            planes.append(encode(view).planes)
    assert planes[1].dtype == torch.float32
    drift = (planes[1] - planes[0]).norm() / planes[0].norm()
    assert 1e-4 < drift < 2e-2


class Elsewhere:
    """A field that wants its points on another device, and answers from there as that one cannot."""

    half_size = 0.5

    def query(self, points: torch.Tensor, directions: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        assert points.device.type == "meta"
        assert directions is None or directions.device.type == "meta"
        return torch.ones(len(points), dtype=torch.float64), torch.zeros(len(points), 3, dtype=torch.float64)


def test_a_field_on_another_device_is_asked_from_the_cpu() -> None:
    field, points = FieldOnDevice(Elsewhere(), torch.device("meta")), torch.rand(5, 3)
    assert field.half_size == 0.5
    for answer in (*field.query(points), *field.query(points, points)):
        assert answer.dtype == torch.float32
        assert len(answer) == 5


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_makes_nearly_the_same_field(words: list[str], photo: Path) -> None:
    encode = load_encoder(resolve(words[1]), words[3], lambda line: None)
    view, _ = view_of(photo, encode.viewpoint())
    points = torch.rand(50, 3) - 0.5
    with torch.no_grad():
        here = field_of(view, encode, "float32").query(points)
        there = field_of(view, encode.to("cuda"), "float32").query(points)
    torch.testing.assert_close(there, here, rtol=1e-2, atol=1e-3)


@pytest.mark.skipif(torch.cuda.is_available(), reason="for machines without a GPU")
def test_a_device_that_is_not_here_is_said(words: list[str], photo: Path, tmp_path: Path, capsys) -> None:
    wanted = ["--output", str(tmp_path / "a.glb"), "--device", "cuda"]
    assert cli.run(["mesh", str(photo), *wanted, *words]) == 4
    assert "cuda" in capsys.readouterr().err


def test_the_same_photo_gives_the_same_mesh(tmp_path: Path, words: list[str], photo: Path) -> None:
    for name in ("a.ply", "b.ply"):
        assert cli.run(["mesh", str(photo), "--output", str(tmp_path / name), *words]) == 0
    assert (tmp_path / "a.ply").read_bytes() == (tmp_path / "b.ply").read_bytes()


def test_vertices_are_coloured_where_that_is_asked_for(tmp_path: Path, words: list[str], photo: Path) -> None:
    assert cli.run(["mesh", str(photo), "--output", str(tmp_path / "a.glb"), "--vertex-colours", *words]) == 0
    visual = trimesh.load(tmp_path / "a.glb", force="mesh", process=False).visual
    assert visual.kind == "vertex"
    assert len(np.unique(visual.vertex_colors, axis=0)) > 10


def test_solids_are_made_where_that_is_asked_for(tmp_path: Path, words: list[str], photo: Path, capsys) -> None:
    """As textured meshes are read, vertices are repeated along seams; by their places they are one."""
    wanted = ["--output", str(tmp_path / "a.glb"), "--watertight", "--faces", "400"]
    assert cli.run(["mesh", str(photo), *wanted, *words]) == 0
    assert "a watertight solid" in capsys.readouterr().out
    mesh = trimesh.load(tmp_path / "a.glb", force="mesh")
    mesh.merge_vertices(merge_tex=True, merge_norm=True)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert 200 < len(mesh.faces) <= 400
    assert mesh.volume > 0


def test_pictures_from_all_around(tmp_path: Path, words: list[str], photo: Path, capsys) -> None:
    wanted = ["--output", str(tmp_path / "a.ply"), "--render", "png", "--vertex-colours"]
    assert cli.run(["mesh", str(photo), *wanted, *words]) == 0
    sheet = read_image(tmp_path / "a.render.png")
    assert sheet.shape[1] == 2 * sheet.shape[0]
    assert len(np.unique(sheet @ np.array([1, 256, 65536]))) > 100
    (tmp_path / "a.ply").unlink()
    assert cli.run(["mesh", str(photo), *wanted, *words]) == 3  # the pictures exist
    assert not (tmp_path / "a.ply").exists()


def test_films_need_their_package(tmp_path: Path, words: list[str], photo: Path, monkeypatch, capsys) -> None:
    """Which is said before any work is done."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert cli.run(["mesh", str(photo), "--output", str(tmp_path / "a.ply"), "--render", "mp4", *words]) == 4
    assert "recon3d[video]" in capsys.readouterr().err
    assert not (tmp_path / "a.input.png").exists()


@dataclass(frozen=True)
class Ball:
    """A grey one."""

    half_size: float = 0.87

    def query(self, points: Tensor, directions: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return 25 * torch.exp(30 * (0.5 - points.norm(dim=-1))), torch.full_like(points, 0.5)


@pytest.mark.parametrize("paint", ["texture", "vertex_colours"])
def test_the_photo_colours_what_it_shows_unless_told_not_to(paint: str, photo: Path) -> None:
    view, _ = view_of(photo, TripoSR.viewpoint())
    red = torch.tensor([200, 40, 60]) / 255
    for use in (True, False):
        small = {"surface": {"resolution": 40}, "paint": {"name": paint, "photo": use}}
        request = MeshRequest((), (), resolve("triposr", small), "")
        mesh, report = extracted(Ball(), view, request)
        looks = mesh.texture.flatten(0, 1) / 255 if mesh.texture is not None else mesh.colours
        assert looks is not None
        assert str(report) == "1 piece, a watertight solid"
        assert bool(((looks - red).abs().amax(-1) < 0.02).any()) == use
        assert bool(((looks - 0.5).abs().amax(-1) < 0.01).any())


def test_one_bad_photo_does_not_stop_the_rest(tmp_path: Path, words: list[str], photo: Path, capsys) -> None:
    (tmp_path / "bad.png").write_bytes(b"not a picture")
    folder = tmp_path / "out"
    assert cli.run(["mesh", str(tmp_path / "bad.png"), str(photo), "--output", str(folder), *words]) == 7
    assert sorted(file.name for file in folder.iterdir()) == ["thing.glb", "thing.input.png"]
    said = capsys.readouterr()
    assert "left out" in said.out
    assert "1 of 2 could not be meshed" in said.err


@pytest.mark.parametrize(
    ("extra", "code", "said"),
    [
        (["--output", "x.stl"], 2, "is not a mesh file"),
        (["--recipe", "splat"], 2, "has no section surface"),
        (["--background", "rembg"], 4, "rembg"),
        (["--weights", "nowhere/nothing"], 3, "not in the hub's cache"),
        (["--weights", "no-such-file.ckpt"], 3, "there is no such file"),
    ],
)
def test_what_cannot_work_is_said(
    words: list[str], photo: Path, extra: list[str], code: int, said: str, capsys
) -> None:
    kept = [word for i, word in enumerate(words) if words[i - i % 2] != extra[0]]
    assert cli.run(["mesh", str(photo), *kept, *extra]) == code
    assert said in capsys.readouterr().err


def test_no_photos_are_no_work(words: list[str], capsys) -> None:
    assert cli.run(["mesh", *words]) == 2
    assert "none are given" in capsys.readouterr().err


def test_weights_of_another_network_are_refused(tmp_path: Path, words: list[str], photo: Path, capsys) -> None:
    save_file({"tokens": torch.zeros(1)}, tmp_path / "other.safetensors")
    assert cli.run(["mesh", str(photo), *words[:2], "--weights", str(tmp_path / "other.safetensors")]) == 3
    assert "is it a checkpoint of TripoSR," in capsys.readouterr().err


def test_a_recipe_of_one_photo_is_not_fitted(capsys) -> None:
    assert cli.run(["fit", "scenes/ketch", "--recipe", "triposr"]) == 2
    assert "which is needed to fit a scene" in capsys.readouterr().err


def test_nested_settings_are_flags_and_checked() -> None:
    _, values = read_values("triposr")
    assert resolve("triposr").parts["encoder"].config.vision.width == values["encoder"]["vision"]["width"]
    changed = resolve("triposr", {"encoder": {"vision": {"layers": 3}}}).parts["encoder"].config
    assert (changed.vision.layers, changed.vision.width) == (3, 768)


def test_sideways_photos_are_turned(tmp_path: Path) -> None:
    from PIL import Image

    picture = Image.new("RGB", (80, 40), (250, 250, 250))
    picture.paste((200, 30, 30), (20, 15, 60, 25))
    exif = picture.getexif()
    exif[0x0112] = 6  # shown a quarter turn clockwise
    picture.save(tmp_path / "sideways.jpg", exif=exif, quality=95)
    view, _ = view_of(tmp_path / "sideways.jpg", TripoSR.viewpoint())
    assert view.alpha is not None
    across, down = view.alpha[0].max(0).values.sum(), view.alpha[0].max(1).values.sum()
    assert down > 3 * across


def test_meshes_face_forward() -> None:
    """What points at the photo's camera comes to point along +z, and up is +y."""
    turn = front_from_world(TripoSR.viewpoint())[:3, :3]
    torch.testing.assert_close(turn @ torch.tensor([1.0, 0, 0]), torch.tensor([0.0, 0, 1]))
    torch.testing.assert_close(turn @ torch.tensor([0.0, 0, 1]), torch.tensor([0.0, 1, 0]))
    assert float(torch.linalg.det(turn)) == pytest.approx(1)
