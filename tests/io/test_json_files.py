"""Errors in JSON files point to the line and column."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon3d.errors import BadInput
from recon3d.io import json_files
from recon3d.io.json_files import number_in, objects_in, read_json, text_in

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(value=st.dictionaries(st.text(), VALUES), mark=st.booleans(), indent=st.none() | st.integers(0, 4))
def test_whatever_json_writes_is_read(tmp_path_factory, value: dict[str, Any], mark: bool, indent: int | None) -> None:
    path = tmp_path_factory.mktemp("json") / "a.json"
    path.write_text(json.dumps(value, indent=indent), encoding="utf-8-sig" if mark else "utf-8")
    assert read_json(path) == value


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ('{"a": 1,\n "b": [1, 2,]}', ":2:12", "trailing comma"),
        ('{"a": 1,\n}', ":1:8", "trailing comma"),
        ('{"a": "NaN, Infinity \\" NaN",\n  "b": [0, NaN]}', ":2:12", "NaN is not a number"),
        ('{"a": -Infinity}', ":1:7", "-Infinity is not a number"),
        ('{"a": 1', ":1:8", "ends too early"),
        ('{"a" 1}', ":1:6", "not valid JSON"),
        ("", "", "is empty"),
        (" \n ", "", "is empty"),
        ("[1]", "", "holds a list"),
        ('{"a": ' + "[" * 100_000, "", "nested too deeply"),
        ('{"a": ' + "9" * 5000 + "}", "", "number that cannot be read"),
    ],
)
def test_broken_files(tmp_path: Path, text: str, place: str, reason: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        read_json(path)
    assert str(caught.value).startswith(f"{path}{place}: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(BadInput, match="cannot be read"):
        read_json(path)
    path.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(BadInput, match=r"not UTF-8 text \(byte 7\)"):
        read_json(path)
    monkeypatch.setattr(json_files, "SIZE_LIMIT", 5)
    with pytest.raises(BadInput, match="is larger than"):
        read_json(path)


def test_values_are_checked() -> None:
    keys = {"n": 3, "t": "x", "f": [{}], "bool": True, "inf": float("inf"), "none": None, "empty": []}
    assert number_in(keys, "n", "here") == 3.0
    assert number_in(keys, "none", "here") is None
    assert text_in(keys, "t", "here") == "x"
    assert text_in(keys, "absent", "here") is None
    assert objects_in(keys, "f", "here") == [{}]
    for key in ("t", "bool", "inf", "f"):
        with pytest.raises(BadInput, match=f"here: {key} is .* not a finite number"):
            number_in(keys, key, "here")
    with pytest.raises(BadInput, match="n is 3, not a text"):
        text_in(keys, "n", "here")
    for key in ("empty", "absent", "t"):
        with pytest.raises(BadInput, match=f"here: {key} is"):
            objects_in(keys, key, "here")
