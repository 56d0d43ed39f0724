"""The viewer's types are those of the server."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from recon3d.server import messages
from recon3d.server.typescript import typescript

GENERATED = Path(__file__).parents[2] / "viewer" / "src" / "messages.ts"


def test_the_types_of_the_client_are_up_to_date() -> None:
    assert GENERATED.read_text(encoding="utf-8") == typescript(), "python -m recon3d.server.typescript FILE makes it"


def test_every_message_and_every_field_is_there() -> None:
    text = typescript()
    kinds = [kind for kind in vars(messages).values() if dataclasses.is_dataclass(kind)]
    assert {"Exhibit", "View", "Edits", "Box", "Progress", "Command", "PictureRequest"} <= {k.__name__ for k in kinds}
    for kind in kinds:
        body = text.partition(f"export interface {kind.__name__} {{")[2].partition("\n}")[0]
        for field in dataclasses.fields(kind):
            assert f"  {field.name}: " in body, f"{kind.__name__}.{field.name}"


def test_types_are_translated() -> None:
    text = typescript()
    assert 'split: "train" | "test";' in text
    assert "box: Box | null;" in text
    assert "focal: [number, number];" in text
    assert "world_from_camera: number[];" in text
    assert "views: View[];" in text
    assert "steps: number | null;" in text
