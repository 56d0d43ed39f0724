"""Files of weights: all formats give the same tensors, nothing in them is executed, nothing is downloaded."""

from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from recon3d.errors import BadInput
from recon3d.io.weights import find_weights, read_weights

TENSORS = {"a.weight": torch.arange(6.0).view(2, 3), "b": torch.tensor([1, 2, 3])}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "cache"


def same(tensors: dict[str, torch.Tensor]) -> bool:
    return tensors.keys() == TENSORS.keys() and all(torch.equal(tensors[k], TENSORS[k]) for k in TENSORS)


def write(path: Path, kind: str) -> Path:
    if kind == "safetensors":
        save_file(TENSORS, path)
    elif kind == "bare":
        torch.save(TENSORS, path)
    elif kind == "nested":
        torch.save({"state_dict": TENSORS, "epoch": 3}, path)
    else:
        torch.save(TENSORS, path, _use_new_zipfile_serialization=False)
    return path


@pytest.mark.parametrize("kind", ["safetensors", "bare", "nested", "old"])
def test_every_format_gives_the_tensors_and_the_hash(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path / ("w.safetensors" if kind == "safetensors" else "w.ckpt"), kind)
    before = path.read_bytes()
    read = read_weights(path)
    assert same(read.tensors)
    assert read.sha256 == hashlib.sha256(before).hexdigest()
    assert path.read_bytes() == before


def test_torchs_format_is_converted_once(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "w.ckpt", "bare")
    read_weights(path)
    assert [file.suffix for file in (cache / "recon3d" / "weights").iterdir()] == [".safetensors"]
    monkeypatch.setattr(torch, "load", None)
    assert same(read_weights(path).tensors)


def test_tensors_that_share_memory_are_read(tmp_path: Path) -> None:
    shared = torch.rand(4)
    torch.save({"a": shared, "b": shared, "c": shared[1:]}, tmp_path / "w.pt")
    tensors = read_weights(tmp_path / "w.pt").tensors
    assert torch.equal(tensors["a"], tensors["b"])
    assert torch.equal(tensors["c"], shared[1:])


class Trap:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("zipped", [True, False])
def test_nothing_is_executed(tmp_path: Path, zipped: bool) -> None:
    sprung = tmp_path / "sprung"
    path = tmp_path / "evil.ckpt"
    if zipped:
        torch.save({"a": torch.zeros(1), "b": Trap(sprung)}, path)
    else:
        path.write_bytes(pickle.dumps({"a": Trap(sprung)}))
    with pytest.raises(BadInput, match=r"nothing was executed|not a file of torch tensors"):
        read_weights(path)
    assert not sprung.exists()


@pytest.mark.parametrize("name", ["w.ckpt", "w.safetensors"])
@pytest.mark.parametrize("content", [b"", b"not weights at all", b"PK\x03\x04 broken"])
def test_broken_files_are_refused(tmp_path: Path, cache: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=name):
        read_weights(tmp_path / name)
    assert not list(cache.rglob("*.safetensors"))


@pytest.mark.parametrize("content", [[torch.zeros(1)], {"a": 3}, {"state_dict": {"a": "b"}}])
def test_other_contents_are_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "w.pt")
    with pytest.raises(BadInput, match="holds no state dictionary"):
        read_weights(tmp_path / "w.pt")


def test_names_on_the_hub_are_looked_up_in_its_cache(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"hf download some/model"):
        find_weights("some/model")
    snapshot = tmp_path / "hub" / "models--some--model" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (snapshot / "model.ckpt").touch()
    assert find_weights("some/model") == snapshot / "model.ckpt"
    (snapshot / "model.safetensors").touch()
    assert find_weights("some/model") == snapshot / "model.safetensors"


def test_paths_come_first_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "w.safetensors", "safetensors")
    assert find_weights(str(path)) == path
    with pytest.raises(BadInput, match="no such file"):
        find_weights(str(tmp_path / "other.ckpt"))
