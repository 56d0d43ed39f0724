"""What a training is made of: crops, batches, schedules, the learner, the log."""

from __future__ import annotations

import json
import math
import os
import signal
from pathlib import Path

import balls
import numpy as np
import pytest
import torch
from torch import nn

from recon3d.engine.batches import Batches, Cropped, Turns
from recon3d.engine.clock import Clock
from recon3d.engine.crops import cropped, random_crops
from recon3d.engine.journal import Journal
from recon3d.engine.learner import Average, Learner
from recon3d.engine.ranks import Ranks, SharedClock
from recon3d.engine.train import Config
from recon3d.engine.validation import contact_sheet, seen_anew
from recon3d.errors import OutOfResources
from recon3d.renderers.march import Config as MarchConfig
from recon3d.renderers.march import March
from recon3d.representations.triplane import Decoder, DecoderConfig, Triplane
from recon3d.types import Views


def targets() -> Views:
    return balls.Balls(balls.Config(views=3), 0)[0].targets


def triplane() -> Triplane:
    torch.manual_seed(3)
    return Triplane(torch.randn(3, 4, 8, 8), Decoder(DecoderConfig(hidden=8, layers=2), features=12), 0.5)


def test_drawing_a_crop_is_cropping_the_drawing() -> None:
    views, march = targets(), March(MarchConfig(samples=16))
    with torch.no_grad():
        whole = march(triplane(), views.cameras)
        window = march(triplane(), cropped(views, 5, 9, 10).cameras)
    torch.testing.assert_close(window.colour, whole.colour[:, 9:19, 5:15])
    torch.testing.assert_close(window.alpha, whole.alpha[:, 9:19, 5:15])
    assert float(window.alpha.max()) > 0.1


def test_pictures_and_cameras_of_random_crops_agree() -> None:
    """A ball drawn anew by the crops' cameras looks like the crops, up to the rim of the ball."""
    views = balls.Balls(balls.Config(size=96, views=8), 0)[0].targets
    crops = random_crops(views, 32, 3.0, np.random.default_rng(1))
    assert crops.images.shape == (8, 32, 32, 3)
    centre, radius = ball_of(0)
    origins, rays = crops.cameras.rays()
    nearest = torch.linalg.cross(rays / rays.norm(dim=-1, keepdim=True), centre - origins).norm(dim=-1)
    sure = (nearest - radius).abs() > 0.04  # a pixel or two at a third of the resolution
    assert float(sure.float().mean()) > 0.5
    assert torch.equal(crops.alpha[sure] > 0.5, (nearest < radius)[sure])


def ball_of(index: int) -> tuple[torch.Tensor, float]:
    chance = np.random.default_rng((0, index))
    chance.uniform(0, 1, 3)
    return torch.tensor(chance.uniform(-0.3, 0.3, 3), dtype=torch.float32), float(chance.uniform(0.25, 0.45))


def test_crops_see_wholes_and_details_alike() -> None:
    views = balls.Balls(balls.Config(size=96, views=1), 0)[0].targets
    chance = np.random.default_rng(0)
    focals = [float(random_crops(views, 32, 9.0, chance).cameras.intrinsics[0, 0, 0]) for _ in range(200)]
    zooms = np.array(focals) / float(views.cameras.intrinsics[0, 0, 0])
    assert zooms.min() == pytest.approx(1 / 3, abs=0.02)  # never below the window
    assert zooms.max() == pytest.approx(1, abs=0.02)
    assert np.log(zooms).mean() == pytest.approx(np.log(1 / 3) / 2, abs=0.1)


def test_small_pictures_are_shown_whole() -> None:
    views = targets()
    crops = random_crops(views, 64, 4.0, np.random.default_rng(0))
    assert torch.equal(crops.images, views.images)
    assert torch.equal(crops.cameras.intrinsics, views.cameras.intrinsics)


def some(batches: Batches, count: int) -> list[torch.Tensor]:
    found = [next(batches) for _ in range(count)]
    return [torch.cat([v.images.flatten() for v in (*b.contexts, *b.targets)]) for b in found]


def made(step: int = 0, workers: int = 0, batch: int = 2) -> Batches:
    examples = Cropped(balls.Balls(balls.Config(), 0), 8, 2.0, 5)
    return Batches(examples, Turns(step, batch, Ranks()), workers, torch.device("cpu"))


def test_batches_depend_on_the_step_alone() -> None:
    whole = some(made(), 4)
    assert not torch.equal(whole[0], whole[1])
    for later in (made(2), made(2, workers=2)):
        assert all(torch.equal(a, b) for a, b in zip(some(later, 2), whole[2:], strict=True))


def test_batches_hold_a_context_and_all_targets_of_every_example() -> None:
    contexts, targets = next(made(batch=3))
    assert [context.images.shape for context in contexts] == [(1, 24, 24, 3)] * 3
    assert [target.images.shape for target in targets] == [(2, 8, 8, 3)] * 3
    source = balls.Balls(balls.Config(), 0)
    assert torch.equal(contexts[1].images, source[1].context.images)
    assert torch.equal(targets[2].cameras.centres, source[2].targets.cameras.centres)


def test_processes_share_what_one_would_see() -> None:
    turns = [iter(Turns(3, 2, Ranks(rank, 2))) for rank in (0, 1)]
    assert [next(turn) for turn in turns] == [[12, 13], [14, 15]]
    assert [next(turn) for turn in turns] == [[16, 17], [18, 19]]
    assert next(iter(Turns(3, 4, Ranks()))) == [12, 13, 14, 15]


def test_the_rate_rises_and_falls() -> None:
    config, clock = Config(learning_rate=1.0, warm_up=10, floor=0.1), Clock(100, None)
    rates = []
    for clock.step in range(101):
        rates.append(config.rate(clock))
    assert rates[0] == pytest.approx(0.1)
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[50] == pytest.approx(0.55)
    assert rates[100] == pytest.approx(0.1)


def test_the_rate_follows_a_time_budget() -> None:
    config = Config(learning_rate=1.0, warm_up=0, floor=0.0)
    assert config.rate(Clock(None, 100.0, already=50.0)) == pytest.approx(0.5, abs=0.01)
    assert config.rate(Clock(None, 100.0, already=100.0)) == pytest.approx(0)


def test_a_shared_clock_moves_at_ticks_alone() -> None:
    clock = SharedClock(None, 1e-3, 0.0, Ranks())
    before = clock.elapsed
    while not clock.done:
        assert clock.elapsed == before
        clock.tick()
        before = clock.elapsed
    assert clock.step > 0


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Embedding(5, 4), nn.Conv2d(1, 2, 3))


def test_matrices_decay_and_nothing_else() -> None:
    net = network()
    before = {name: weight.detach().clone() for name, weight in net.named_parameters()}
    learner = Learner(net, Config(weight_decay=0.5, learning_rate=0.1, warm_up=0, floor=1.0), Ranks())
    learner.learn(torch.zeros((), requires_grad=True) * 1.0, Clock(10, None))
    shrunk = {name for name, weight in net.named_parameters() if not torch.equal(weight, before[name])}
    assert shrunk == {"0.weight", "3.weight"}
    torch.testing.assert_close(net[0].weight.detach(), 0.95 * before["0.weight"])


def test_gradients_are_shortened() -> None:
    net = nn.Linear(2, 1, bias=False)
    learner = Learner(net, Config(clip=0.5), Ranks())
    seen = []
    learner.optimiser.step = lambda: seen.append(net.weight.grad.clone())
    lesson = learner.learn(net(torch.tensor([300.0, 400.0])).sum(), Clock(10, None))
    assert lesson.gradient == pytest.approx(500)
    torch.testing.assert_close(seen[0], torch.tensor([[0.3, 0.4]]))


def test_averages_lag_behind_and_forget_the_beginning() -> None:
    net = nn.Linear(1, 1, bias=False)
    net.weight.data.fill_(1000.0)
    average = Average(net, 0.9)
    means = []
    for step in range(300):
        net.weight.data.fill_(float(step))
        average.update()
        means.append(float(average.network.weight))
    assert means[0] == pytest.approx(2 / 11 * 1000)
    assert abs(means[30] - 30) < 30  # the first thousand is forgotten already
    assert 299 - means[-1] == pytest.approx(0.9 / (1 - 0.9), rel=1e-3)


def test_averages_carry_buffers() -> None:
    net = nn.BatchNorm1d(2)
    average = Average(net, 0.9)
    net.running_mean.fill_(7.0)
    average.update()
    assert torch.equal(average.network.running_mean, net.running_mean)


def test_a_learner_goes_on_where_it_was() -> None:
    def learn(learner: Learner, net: nn.Module, steps: range) -> None:
        for step in steps:
            torch.manual_seed(step)
            learner.learn(net(torch.randn(4, 3)).square().mean(), Clock(10, None))

    nets = [nn.Linear(3, 2), nn.Linear(3, 2)]
    first, second = (Learner(net, Config(warm_up=0), Ranks()) for net in nets)
    learn(first, nets[0], range(3))
    nets[1].load_state_dict(nets[0].state_dict())
    second.restore({k: v.clone() for k, v in first.tensors().items()}, json.loads(json.dumps(first.state())))
    for learner, net in zip((first, second), nets, strict=True):
        learn(learner, net, range(3, 6))
    assert torch.equal(nets[0].weight, nets[1].weight)
    assert torch.equal(first.average.network.weight, second.average.network.weight)


def test_a_journal_goes_on_after_the_step_of_a_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    journal = Journal(path)
    for step in range(1, 6):
        journal.write(step, loss=step / 2)
    with path.open("a") as file:
        file.write('{"step": 6, "lo')  # killed
    Journal(path, 3).write(4, loss=9.0)
    read = [json.loads(line) for line in path.read_text().splitlines()]
    assert read == [{"step": s, "loss": loss} for s, loss in ((1, 0.5), (2, 1.0), (3, 1.5), (4, 9.0))]
    with pytest.raises(ValueError, match="not JSON compliant"):
        journal.write(7, loss=math.nan)


def test_sheets_have_pictures_of_one_size() -> None:
    small, large = torch.zeros(4, 4, 3), torch.full((8, 8, 3), 0.5)
    sheet = contact_sheet([[large, small, small], [large, small, small]])
    assert sheet.shape == (2 * 8, 3 * 8, 3)
    torch.testing.assert_close(sheet[2:6, 2:6], torch.full((4, 4, 3), 0.5))
    assert float(sheet[0].std()) == 0


class Fatal:
    """Examples that cost their maker its life, as too little memory does."""

    def __getitem__(self, index: int) -> balls.Example:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def test_a_killed_worker_is_said() -> None:
    batches = Batches(Cropped(Fatal(), 8, 1.0, 0), Turns(0, 1, Ranks()), 1, torch.device("cpu"))
    with pytest.raises(OutOfResources, match="a process that makes them was killed"):
        next(batches)


def test_what_is_seen_from_where_the_context_was_is_no_test() -> None:
    example = balls.Balls(balls.Config(views=3), 0)[0]
    assert seen_anew(example.targets.cameras, example.targets[1].cameras) == [True, False, True]
