"""Examples follow from the seed and their number alone, whoever asks for them, and in whatever order."""

from __future__ import annotations

import itertools

import pytest
import torch
import trimesh
from torch.utils.data import DataLoader, Dataset

pytest.importorskip("embreex")

from recon3d.engine.batches import Examples
from recon3d.synthesis.examples.object_photos import Config, Example, ObjectPhotos
from recon3d.synthesis.objects import making, stock
from recon3d.synthesis.objects.dice import Dice
from recon3d.synthesis.objects.making import RESERVED
from recon3d.synthesis.objects.stock import varied
from recon3d.types import Mesh

SMALL = Config(picture=32, views=3, uses=2, slots=4)


def same(a: Example, b: Example) -> bool:
    pairs = ((a.context, b.context), (a.targets, b.targets))
    return all(
        torch.equal(x.images, y.images) and torch.equal(x.cameras.world_from_camera, y.cameras.world_from_camera)
        for x, y in pairs
    )


def test_an_example_is_a_photo_and_views_of_the_same_thing() -> None:
    source = ObjectPhotos(SMALL, 1)
    assert isinstance(source, Examples)
    example = source[0]
    assert example.context.images.shape == (1, 32, 32, 3)
    assert example.targets.images.shape == (3, 32, 32, 3)
    for views in example:
        assert views.alpha is not None
        assert float(views.alpha.max()) == 1
        assert (views.images <= views.alpha[..., None] + 1e-5).all()
    torch.testing.assert_close(example.targets.images[:1], example.context.images)
    assert example.context.depth is None  # that is for the network to find out
    assert example.targets.depth is not None
    assert torch.equal(example.targets.depth > 0, example.targets.alpha > 0)


def test_examples_do_not_depend_on_what_was_asked_for_before() -> None:
    first, late, other = ObjectPhotos(SMALL, 1), ObjectPhotos(SMALL, 1), ObjectPhotos(SMALL, 2)
    in_order = [first[k] for k in range(7)]
    assert same(in_order[6], late[6])
    assert same(in_order[2], late[2])
    assert not same(in_order[2], other[2])
    assert not same(in_order[2], in_order[3])


class Indexed(Dataset):
    def __init__(self, source: ObjectPhotos) -> None:
        self.source = source

    def __getitem__(self, index: int) -> Example:
        return self.source[index]


def test_workers_make_the_same_examples() -> None:
    alone = ObjectPhotos(SMALL, 1)
    spawned = {"num_workers": 2, "multiprocessing_context": "spawn"}  # forked ones hang in locks of threads not forked
    loader = DataLoader(Indexed(alone), batch_sampler=[[0, 1], [2, 3]], collate_fn=list, **spawned)
    batches = list(itertools.chain.from_iterable(loader))
    assert all(same(made, alone[k]) for k, made in enumerate(batches))


def test_objects_are_used_so_often_and_give_way_a_few_at_a_time() -> None:
    config = Config(uses=4, slots=8)
    source = ObjectPhotos(config, 0)
    rounds = [[source.stock.object_seed(8 * turn + slot) for slot in range(8)] for turn in range(20)]
    assert all(len(set(seeds)) == 8 for seeds in rounds)
    assert all(seed < RESERVED for seeds in rounds for seed in seeds)
    for before, after in itertools.pairwise(rounds):
        assert sum(a != b for a, b in zip(before, after, strict=True)) == 2
    counts = {seed: sum(seed in seeds for seeds in rounds) for seed in rounds[8]}
    assert set(counts.values()) == {4}


def test_asked_in_order_every_object_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    ready = making.procedural_object(1)
    monkeypatch.setattr(stock, "procedural_object", lambda seed: made.append(seed) or ready)
    source = ObjectPhotos(Config(picture=8, views=1, uses=2, slots=4), 3)
    for k in range(24):
        source[k]
    assert len(made) == len(set(made)) == len({source.stock.object_seed(k) for k in range(24)})


def test_varied_objects_are_mirror_images_in_other_colours() -> None:
    """Whose faces still look outwards."""
    ball = trimesh.creation.icosphere(2)
    half = ball.vertices[:, 1] > 0
    colours = torch.where(torch.from_numpy(half)[:, None], torch.tensor([0.9, 0.5, 0.1]), torch.tensor([0.0, 0.3, 0.6]))
    mesh = Mesh(torch.from_numpy(ball.vertices.copy()), torch.from_numpy(ball.faces.copy()), colours)
    seen = set()
    for seed in range(60):
        made = varied(mesh, Dice(seed))
        assert trimesh.Trimesh(made.vertices, made.faces).volume > 0
        assert made.colours is not None
        mirrored = bool((made.vertices[:, 1] != mesh.vertices[:, 1]).any())
        right = made.colours[int(made.vertices[:, 1].argmax())]
        assert sorted(right.tolist()) == pytest.approx([0.0, 0.3, 0.6] if mirrored else [0.1, 0.5, 0.9])
        seen.add((mirrored, *made.colours[int(half.argmax())].tolist()))
    assert len(seen) == 12  # two sides, six orders
