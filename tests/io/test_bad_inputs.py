"""Every bad input gets one line that names the file, with the right exit code, and nothing on disk changes.

The numbers are those of the list of bad inputs that recon3d promises to answer.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from recon3d.errors import BadInput
from recon3d.io.camera_path import read_camera_path
from recon3d.io.ply import read_gaussians
from recon3d.io.scene import SceneOptions, load_scene

ALL = SceneOptions(test_every=0)


class Case(NamedTuple):
    """`spoil` breaks a good scene in format `base` and returns what to open, or None for the scene's folder."""

    number: str
    base: str
    spoil: Callable[[Path], Path | None]
    named: str
    reason: str


def contents(folder: Path) -> str:
    """A digest of all names, links and bytes."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(str(path).encode("utf-8", "surrogateescape"))
        digest.update(path.read_bytes() if path.is_file() else b"folder or link")
    return digest.hexdigest()


def keys(change: Callable[[dict], object], file: str = "transforms.json") -> Callable[[Path], None]:
    """Change the keys of a JSON file."""

    def spoil(folder: Path) -> None:
        values = json.loads((folder / file).read_text())
        change(values)
        (folder / file).write_text(json.dumps(values))

    return spoil


def frame(**changes: object) -> Callable[[Path], None]:
    """Change the second frame."""
    return keys(lambda values: values["frames"][1].update(changes))


def matrix(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    """Change the second camera's transform."""

    def spoil(values: dict) -> None:
        second = values["frames"][1]
        second["transform_matrix"] = change(np.array(second["transform_matrix"])).tolist()

    return keys(spoil)


def text(old: str, new: str, file: str = "transforms.json", times: int = 1) -> Callable[[Path], None]:
    """Replace a text in a file."""

    def spoil(folder: Path) -> None:
        content = (folder / file).read_text()
        assert old in content
        (folder / file).write_text(content.replace(old, new, times))

    return spoil


def write(content: bytes, file: str = "transforms.json") -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / file).write_bytes(content)

    return spoil


def cut(file: str, share: float) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        content = (folder / file).read_bytes()
        (folder / file).write_bytes(content[: int(len(content) * share)])

    return spoil


def remove(*files: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        for file in files:
            (folder / file).unlink()

    return spoil


def save(file: str, picture: Image.Image, **options: object) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / file).parent.mkdir(exist_ok=True)
        picture.save(folder / file, **options)

    return spoil


def both(*spoils: Callable[[Path], object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        for one in spoils:
            one(folder)

    return spoil


def elsewhere(folder: Path) -> None:
    """A link to a picture outside."""
    picture = folder / "images" / "001.png"
    picture.rename(folder.parent / "outside.png")
    picture.symlink_to(folder.parent / "outside.png")


def patched(file: str, offset: int, layout: str, value: int) -> Callable[[Path], None]:
    """Overwrite a value in a binary file."""

    def spoil(folder: Path) -> None:
        content = bytearray((folder / file).read_bytes())
        struct.pack_into("<" + layout, content, offset, value)
        (folder / file).write_bytes(content)

    return spoil


def bomb(folder: Path) -> None:
    """A PNG of a few bytes that claims 50 000 x 50 000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0))
    picture = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    (folder / "images" / "001.png").write_bytes(picture)


def path_of(name: str, content: bytes) -> Callable[[Path], Path]:
    """A single file to open instead of the scene."""

    def spoil(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return spoil


def ply(names: str, rows: list[list[float]] | None = None, count: int | None = None, more: str = "") -> bytes:
    """A text PLY of 3DGS-like columns, with one row of halves unless given."""
    columns = names.split()
    rows = [[0.5] * len(columns)] if rows is None else rows
    head = f"ply\nformat ascii 1.0\nelement vertex {len(rows) if count is None else count}\n"
    head += "".join(f"property float {name}\n" for name in columns) + more + "end_header\n"
    return (head + "".join(" ".join(map(str, row)) + "\n" for row in rows)).encode()


GAUSSIAN = "x y z f_dc_0 f_dc_1 f_dc_2 opacity scale_0 scale_1 scale_2 rot_0 rot_1 rot_2 rot_3"


def row(**changes: float) -> list[float]:
    return [changes.get(name, 0.5) for name in GAUSSIAN.split()]


def camera_path(**changes: object) -> bytes:
    key = {"camera_to_world": [float(v) for v in np.eye(4).ravel()], "fov": 50.0} | changes
    return json.dumps({"render_width": 64, "render_height": 48, "camera_path": [key]}).encode()


GREY = Image.new("RGB", (161, 122), "grey")
IMAGE = "images/001.png"
FACES = "element face 1\nproperty list uchar int vertex_indices\n"
HUGE_LIST = b"ply\nformat binary_little_endian 1.0\nelement vertex 1\nproperty list uint float f_dc_0\n"
HUGE_LIST += "".join(f"property float {n}\n" for n in GAUSSIAN.split() if n != "f_dc_0").encode()
HUGE_LIST += b"end_header\n" + struct.pack("<I", 2**32 - 1)
FIRST_CAMERA_ID = 16  # in cameras.bin: its model
ALL_NAMES = [f"images/{i:03d}.png" for i in range(5)]

CASES = [
    Case("1 no folder", "idr", lambda folder: folder / "absent", "absent", "no such folder"),
    Case("1 empty folder", "idr", lambda folder: (folder / "empty").mkdir() or folder / "empty", "empty", "is empty"),
    Case("1 a file", "idr", lambda folder: folder / "cameras_sphere.npz", "cameras_sphere.npz", "is a file"),
    Case("2 no cameras", "transforms_json", remove("transforms.json"), "scene", "5 pictures but no cameras; .* COLMAP"),
    Case("3 empty", "transforms_json", write(b""), "transforms.json", "is empty"),
    Case("3 comma", "transforms_json", text("122,", "122,,"), "transforms.json:3:", "not valid JSON"),
    Case("3 trailing", "transforms_json", text("]\n}", "],\n}"), "transforms.json", "trailing comma"),
    Case("3 NaN", "transforms_json", text("150.0", "NaN"), "transforms.json:4:", "NaN is not a number"),
    Case("3 not UTF-8", "transforms_json", write(b'{"a": "\xff"}'), "transforms.json", "not UTF-8"),
    Case("4 no frames", "transforms_json", keys(lambda v: v.pop("frames")), "transforms.json", "frames is missing"),
    Case(
        "4 empty frames", "transforms_json", keys(lambda v: v["frames"].clear()), "transforms.json", "frames is empty"
    ),
    Case(
        "4 odd frames", "transforms_json", keys(lambda v: v.update(frames=[1])), "transforms.json", "not a list of obj"
    ),
    Case("5 no file_path", "transforms_json", frame(file_path=None), "frames[1]", "file_path is missing"),
    Case("5 number", "transforms_json", frame(file_path=7), "frames[1]", "file_path is 7, not a text"),
    Case("5 absolute", "transforms_json", frame(file_path="/etc/passwd"), "transforms.json: frames[1]", "absolute"),
    Case("5 escape", "transforms_json", frame(file_path="../outside.png"), "frames[1]", "leads out"),
    Case("5 link", "transforms_json", elsewhere, "frames[1]", "leads out"),
    Case("5 colmap", "colmap_text", text("001.png", "../../x.png", "sparse/0/images.txt"), "images.txt", "leads out"),
    Case("5 mask", "transforms_json", frame(mask_path="../m.png"), "frames[1]", "leads out"),
    Case(
        "5 points", "transforms_json", keys(lambda v: v.update(ply_file_path="/p.ply")), "transforms.json", "absolute"
    ),
    Case(
        "6 missing", "transforms_json", remove(*ALL_NAMES[1:]), "scene", "1 usable .*4 of 5 listed images are missing"
    ),
    Case("7 truncated PNG", "transforms_json", cut(IMAGE, 0.5), "001.png", "broken or cut short"),
    Case("7 broken PNG", "transforms_json", cut(IMAGE, 0.02), "001.png", "not a picture|broken"),
    Case("8 zero bytes", "transforms_json", write(b"", IMAGE), "001.png", "is empty"),
    Case("8 text", "transforms_json", write(b"hello world, this is text", IMAGE), "001.png", "not a picture"),
    Case("8 HEIC", "transforms_json", write(b"\0\0\0\x18ftypheic" + bytes(99), IMAGE), "001.png", "HEIC.*convert it"),
    Case("8 GIF", "transforms_json", save(IMAGE, GREY.convert("P"), format="GIF"), "001.png", "is a GIF"),
    Case(
        "8 animation",
        "transforms_json",
        save(IMAGE, GREY, format="PNG", save_all=True, append_images=[Image.new("RGB", GREY.size)]),
        "001.png",
        "is animated",
    ),
    Case(
        "8 raw", "transforms_json", both(write(b"II*\0", "a.nef"), frame(file_path="a.nef")), "a.nef", "is a raw photo"
    ),
    Case("10 bomb", "transforms_json", bomb, "001.png", "beyond the limit of 179 megapixels"),
    Case("11 EXIF", "transforms_json", save(IMAGE, Image.new("RGB", (122, 161))), "001.png", "122x161.*EXIF"),
    Case(
        "12 size", "transforms_json", save(IMAGE, Image.new("RGB", (161, 100))), "001.png", "161x100 but its camera 161"
    ),
    Case("13 3x4", "transforms_json", matrix(lambda m: m[:3]), "frames[1]", "is 3x4, not 4x4"),
    Case("13 no matrix", "transforms_json", frame(transform_matrix=None), "frames[1]", "not a matrix"),
    Case(
        "13 words", "transforms_json", frame(transform_matrix=[["a"] * 4] * 4), "frames[1]", "not a matrix of numbers"
    ),
    Case("13 inf", "transforms_json", text(" 0.0,", " 1e999,"), "frames[0]", "NaN or infinite"),
    Case("16 inf", "transforms_json", text("150.0", "1e999"), "frames[0]", "fl_x is Infinity, not a finite number"),
    Case("13 mirrored", "transforms_json", matrix(lambda m: m * [1, 1, -1, 1]), "frames[1]", "mirrored camera"),
    Case("13 scaled", "transforms_json", matrix(lambda m: m * [3, 3, 3, 1]), "frames[1]", "scaled by 3"),
    Case("13 last row", "transforms_json", matrix(lambda m: m.T), "frames[1]", "last row"),
    Case(
        "14 identical",
        "transforms_json",
        keys(lambda v: [f.update(transform_matrix=v["frames"][0]["transform_matrix"]) for f in v["frames"]]),
        "scene",
        "all 5 cameras are identical",
    ),
    Case("14 one view", "transforms_json", keys(lambda v: v.update(frames=v["frames"][:1])), "scene", "at least 2"),
    Case("16 zero", "transforms_json", keys(lambda v: v.update(fl_x=0)), "frames[0]", "focal length is 0"),
    Case("16 negative", "transforms_json", keys(lambda v: v.update(fl_y=-5)), "frames[0]", "focal length is -5"),
    Case(
        "16 null",
        "transforms_json",
        keys(lambda v: v.update(fl_x=None)),
        "frames[0]",
        "neither fl_x nor camera_angle_x",
    ),
    Case(
        "16 angle",
        "blender",
        keys(lambda v: v.update(camera_angle_x=3.5), "transforms_train.json"),
        "transforms_train.json: frames[0]",
        "field of view is 200",
    ),
    Case(
        "17 model",
        "transforms_json",
        keys(lambda v: v.update(camera_model="EQUIRECTANGULAR")),
        "transforms.json",
        "EQUIRECTANGULAR is not supported; supported are SIMPLE_PINHOLE, .*OPENCV_FISHEYE",
    ),
    Case(
        "17 colmap",
        "colmap_text",
        text("PINHOLE 161 122 150.0 144.0 78.3 64.1", "FOV 161 122 1 1 1 1 1", "sparse/0/cameras.txt"),
        "images.txt: 000.png",
        "camera model FOV is not supported; supported are",
    ),
    Case("18 some frames", "transforms_json", frame(fl_x=100.0), "transforms.json", "fl_x is given in 1 of 5 frames"),
    Case("19 short", "colmap_binary", cut("sparse/0/cameras.bin", 0.7), "cameras.bin", "cut short"),
    Case(
        "19 model id 99",
        "colmap_binary",
        patched("sparse/0/cameras.bin", 12, "i", 99),
        "cameras.bin",
        "unknown model id 99",
    ),
    Case(
        "19 count 2^63", "colmap_binary", patched("sparse/0/images.bin", 0, "Q", 2**63), "images.bin", "promises 922337"
    ),
    Case(
        "19 points 2^40",
        "colmap_binary",
        patched("sparse/0/points3D.bin", 0, "Q", 2**40),
        "points3D.bin",
        "promises 1099511627776",
    ),
    Case(
        "19 parameters",
        "colmap_text",
        text("150.0 144.0", "150.0", "sparse/0/cameras.txt"),
        "cameras.txt:2",
        "gives 3 parameters where PINHOLE has 4",
    ),
    Case("19 text", "colmap_text", text("144.0", "x", "sparse/0/cameras.txt"), "cameras.txt:2", "not a number"),
    Case(
        "20 camera id", "colmap_text", text(" 7 000.png", " 8 000.png", "sparse/0/images.txt"), "000.png", "no camera 8"
    ),
    Case("21 no images.bin", "colmap_binary", remove("sparse/0/images.bin"), "sparse/0", "no images.bin"),
    Case("25 twice", "transforms_json", frame(file_path="images/000.png"), "scene", "more than once: images/000.png"),
    Case(
        "25 twice, spelt otherwise",
        "transforms_json",
        frame(file_path="./images/../images/000.png"),
        "",
        "more than once",
    ),
    Case("25 newline", "transforms_json", frame(file_path="a\nb.png"), "frames[1]", "control characters"),
    Case(
        "25 long",
        "transforms_json",
        both(frame(file_path="a" * 300), remove(*ALL_NAMES[2:])),
        "scene|frames",
        "usable|foll",
    ),
    Case(
        "26 size",
        "transforms_json",
        both(save("m.png", Image.new("L", (80, 61), 255)), frame(mask_path="m.png")),
        "m.png",
        "the mask is 80x61 but its picture 161x122",
    ),
    Case(
        "26 black",
        "transforms_json",
        both(save("m.png", Image.new("L", GREY.size)), frame(mask_path="m.png")),
        "m.png",
        "all black",
    ),
    Case("26 absent", "transforms_json", frame(mask_path="m.png"), "m.png", "the mask named in .* is missing"),
    Case("26 idr", "idr", remove("mask/002.png"), "mask", "4 masks for 5 pictures"),
    Case(
        "27 overlap",
        "transforms_json",
        keys(lambda v: v.update(train_filenames=ALL_NAMES[:4], test_filenames=ALL_NAMES[3:])),
        "transforms.json",
        "both for training and for testing: images/003.png",
    ),
    Case(
        "27 unknown",
        "transforms_json",
        keys(lambda v: v.update(test_filenames=["images/099.png"])),
        "transforms.json",
        "in no frame: images/099.png",
    ),
    Case(
        "27 no train", "transforms_json", keys(lambda v: v.update(test_filenames=ALL_NAMES)), "scene", "to learn from"
    ),
    Case("28 no PLY", "idr", path_of("a.ply", b"solid cube\n"), "a.ply", "is not a PLY file"),
    Case("28 empty", "idr", path_of("a.ply", b""), "a.ply", "is empty"),
    Case("28 no end", "idr", path_of("a.ply", ply(GAUSSIAN)[:60]), "a.ply", "no end_header"),
    Case("28 no format", "idr", path_of("a.ply", b"ply\nend_header\n"), "a.ply", "names no format"),
    Case("28 odd line", "idr", path_of("a.ply", ply(GAUSSIAN, more="elephant\n")), "a.ply", "'elephant' cannot be und"),
    Case("28 count", "idr", path_of("a.ply", ply(GAUSSIAN, count=4 * 10**9)), "a.ply", "promises 4000000000 vertices"),
    Case("28 none", "idr", path_of("a.ply", ply(GAUSSIAN, rows=[])), "a.ply", "holds no vertices"),
    Case("28 list", "idr", path_of("a.ply", HUGE_LIST), "a.ply", "has lists"),
    Case(
        "28 no word", "idr", path_of("a.ply", ply(GAUSSIAN).replace(b"0.5 0.5", b"0.5 abc", 1)), "a.ply", "not a number"
    ),
    Case("28 scale_0", "idr", path_of("a.ply", ply(GAUSSIAN.replace("scale_0 ", ""))), "a.ply", "lacks scale_0"),
    Case("28 flat", "idr", path_of("a.ply", ply(GAUSSIAN.replace("scale_2 ", ""))), "a.ply", r"flat \(2D\) Gaussians"),
    Case(
        "28 f_rest",
        "idr",
        path_of("a.ply", ply(GAUSSIAN + "".join(f" f_rest_{i}" for i in range(72)))),
        "a.ply",
        "has 72 f_rest",
    ),
    Case("28 f_rest gap", "idr", path_of("a.ply", ply(GAUSSIAN + " f_rest_0 f_rest_2")), "a.ply", "has 2 f_rest"),
    Case(
        "28 compressed",
        "idr",
        path_of("a.ply", ply("packed_position packed_rotation packed_scale packed_color")),
        "a.ply",
        "compressed Gaussians",
    ),
    Case(
        "29 NaN",
        "idr",
        path_of("a.ply", ply(GAUSSIAN, [row(), row(x=np.nan), row(f_dc_0=np.inf, y=np.nan)])),
        "a.ply",
        "2 of 3 Gaussians have NaN",
    ),
    Case(
        "29 quaternion",
        "idr",
        path_of("a.ply", ply(GAUSSIAN, [row(), row(rot_0=0, rot_1=0, rot_2=0, rot_3=0)])),
        "a.ply",
        "1 of 2 Gaussians have a zero quaternion",
    ),
    Case("29 scale", "idr", path_of("a.ply", ply(GAUSSIAN, [row(scale_1=21)])), "a.ply", "1 of 1 .* pre-activated"),
    Case("30 points", "idr", path_of("a.ply", ply("x y z red green blue")), "a.ply", "plain point cloud"),
    Case("30 mesh", "idr", path_of("a.ply", ply("x y z", more=FACES)), "a.ply", "is a mesh"),
    Case("45 no keys", "idr", path_of("path.json", b'{"camera_path": []}'), "path.json", "camera_path is empty"),
    Case("45 fov", "idr", path_of("path.json", camera_path(fov=0)), "path.json", "field of view is 0 degrees"),
    Case("45 NaN", "idr", path_of("path.json", camera_path(fov=np.nan)), "path.json:1:", "NaN is not a number"),
    Case("DTU count", "idr", remove("image/004.png"), "cameras_sphere.npz", "4 pictures but 5 matrices"),
    Case("DTU no zip", "idr", write(b"PK nothing", "cameras_sphere.npz"), "cameras_sphere.npz", "not a .npz file"),
]


def open_whatever(path: Path) -> None:
    if path.suffix == ".ply":
        read_gaussians(path)
    elif path.suffix == ".json":
        read_camera_path(path)
    else:
        load_scene(path, ALL).train.check()


@pytest.mark.parametrize("case", CASES, ids=[case.number for case in CASES])
def test_answer(case: Case, scene_of) -> None:
    folder = scene_of(case.base)
    path = case.spoil(folder) or folder
    before = contents(folder.parent)
    with pytest.raises(BadInput, match=case.reason) as caught:
        open_whatever(path)
    message = str(caught.value)
    assert caught.value.exit_code == 3
    assert "\n" not in message
    assert any(name in message for name in case.named.split("|"))
    assert caught.value.remedy
    assert contents(folder.parent) == before


ACCEPTED = [
    (
        "3 byte order mark",
        "transforms_json",
        lambda f: write(b"\xef\xbb\xbf" + (f / "transforms.json").read_bytes())(f),
        "",
    ),
    (
        "6 missing",
        "transforms_json",
        remove(*ALL_NAMES[:2]),
        "2 of 5 listed images are missing: images/000.png, images/001",
    ),
    ("9 grey", "transforms_json", save(IMAGE, GREY.convert("L")), "1 of 5 pictures are not 8-bit RGB"),
    (
        "12 factor",
        "transforms_json",
        save(IMAGE, GREY.resize((322, 244))),
        "cameras of 1 of 5 pictures were rescaled from 161x122 to 322x244",
    ),
    ("22 both", "colmap_binary", write(b"", "sparse/0/images.txt"), "the binary files were read"),
    ("23 no points", "colmap_text", remove("sparse/0/points3D.txt"), "points3D.txt is missing"),
    ("23 empty points", "colmap_text", write(b"# none\n", "sparse/0/points3D.txt"), "there are no sparse points"),
    ("23 empty points", "colmap_binary", write(bytes(8), "sparse/0/points3D.bin"), "there are no sparse points"),
    ("27 no test", "transforms_json", lambda folder: None, "no picture is held out"),
]


@pytest.mark.parametrize(("number", "base", "change", "note"), ACCEPTED, ids=[number for number, *_ in ACCEPTED])
def test_accepted_with_a_note(number: str, base: str, change: Callable, note: str, scene_of) -> None:
    folder = scene_of(base)
    change(folder)
    before = contents(folder)
    scene = load_scene(folder, ALL)
    scene.train.check()
    assert not note or any(note in line for line in scene.notes)
    assert all("\n" not in line for line in scene.notes)
    assert contents(folder) == before
