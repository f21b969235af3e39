import copy
import io
import pickle
from itertools import islice

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from stream_ae.detection.findings import Findings
from stream_ae.frame import Frame
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.watcher import Watcher
from stream_ae.settings.zones import parse_zone
from stream_ae.sources.scene import SceneSource

Picture = NDArray[np.uint8]


def pictures(count: int, *, side: int = 64) -> list[Picture]:
    """A square that comes in after twenty frames and goes to the right, in noise."""
    rng = np.random.default_rng(0)
    wall = rng.integers(60, 180, (side, side, 1))
    found = []
    for index in range(count):
        picture = np.repeat(wall, 3, axis=2) + rng.normal(0, 2, (side, side, 3))
        if index >= 20:
            left = min(2 * (index - 20), side - 16)
            picture[20:40, left : left + 16] = (200, 40, 40)
        found.append(picture.clip(0, 255).astype(np.uint8))
    return found


def as_numbers(findings: Findings) -> tuple[object, ...]:
    novelty = findings.novelty
    return (
        findings.number,
        findings.change_ratio,
        findings.foreground.mask.tobytes(),
        findings.foreground.background.tobytes(),
        findings.foreground.change,
        (novelty.score, novelty.raw, novelty.heat.tobytes()),
        findings.events,
        findings.tracks,
    )


def test_what_comes_into_a_scene_is_foreground() -> None:
    watcher = Watcher()
    findings = [watcher.watch_one(picture) for picture in pictures(40)]
    assert [each.number for each in findings] == list(range(1, 41))
    assert max(each.foreground.ratio for each in findings[5:20]) < 0.001
    mask = findings[30].foreground.mask
    true = np.zeros((224, 224), bool)
    true[70:140, 70:126] = True
    assert np.count_nonzero(mask & true) / np.count_nonzero(mask | true) > 0.8
    assert findings[30].change_ratio > 0.01


def test_a_step_of_a_learner_saves_work_and_changes_nothing() -> None:
    learner, beside, alone = StreamLearner(frozen=True), Watcher(), Watcher()
    for picture in pictures(30):
        step = learner.learn_one(picture)
        assert as_numbers(beside.watch_one(step.frame, step=step)) == as_numbers(
            alone.watch_one(picture)
        )


def test_the_scene_that_a_learner_finds_is_the_one_that_is_told() -> None:
    shown = pictures(50) + [255 - picture for picture in pictures(30)]
    learner, watcher = StreamLearner(frozen=True), Watcher()
    begins, told = [], []
    for picture in shown:
        step = learner.learn_one(picture)
        findings = watcher.watch_one(step.frame, step=step)
        begins += [step.number] if step.change.begins else []
        told += [(event.kind, event.start) for event in findings.events if event.box is None]
    assert begins == [51]
    assert told == [("cut", 51)]


@pytest.mark.parametrize("stop", [1, 12, 26])
def test_a_saved_watcher_goes_on_bit_for_bit(stop: int) -> None:
    whole, begun, resumed = Watcher(), Watcher(), Watcher()
    frames = pictures(45)
    expected = [as_numbers(whole.watch_one(frame)) for frame in frames]
    for frame in frames[:stop]:
        begun.watch_one(frame)
    file = io.BytesIO()
    torch.save(begun.state_dict(), file)
    file.seek(0)
    resumed.load_state_dict(torch.load(file, weights_only=True))
    assert [as_numbers(resumed.watch_one(frame)) for frame in frames[stop:]] == expected[stop:]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda w: pickle.loads(pickle.dumps(w))])
def test_a_copy_goes_on_alike_and_shares_nothing(copied: type) -> None:
    first, frames = Watcher(), pictures(40)
    for frame in frames[:25]:
        first.watch_one(frame)
    second = copied(first)
    expected = [as_numbers(first.watch_one(frame)) for frame in frames[25:]]
    assert [as_numbers(second.watch_one(frame)) for frame in frames[25:]] == expected


def test_another_stream_of_a_scene_begins_with_what_is_known_of_it() -> None:
    first, second, fresh = Watcher(), Watcher(), Watcher()
    frames = pictures(80)
    for frame in frames[:20]:
        first.watch_one(frame)
    second.load_scene(first.state_dict())
    entered = frames[30]  # the square is there from the beginning
    assert second.watch_one(entered).foreground.ratio > 0.03
    assert fresh.watch_one(entered).foreground.ratio == 0.0
    assert second.frames == 1


def test_without_its_pixels_a_state_learns_the_background_again() -> None:
    first, second, frames = Watcher(), Watcher(), pictures(40)
    for frame in frames[:20]:
        first.watch_one(frame)
    second.load_state_dict(first.state_dict(with_pixels=False))
    findings = second.watch_one(frames[20])
    assert (findings.number, findings.change_ratio, findings.foreground.ratio) == (21, 0.0, 0.0)


def test_events_of_a_zone_bear_its_name() -> None:
    watcher = Watcher(zones=[parse_zone("wall=0,0,1,0,1,1,0,1")])
    frames = [Frame(rgb, index=i, time=i / 10) for i, rgb in enumerate(pictures(60))]
    events = [event for frame in frames for event in watcher.watch_one(frame).events]
    assert ("appeared", "wall") in [(event.kind, event.zone) for event in events]


@pytest.mark.slow
def test_frames_of_a_source_are_watched() -> None:
    watcher = Watcher()
    with SceneSource("street") as source:
        ratios = [watcher.watch_one(frame).foreground.ratio for frame in islice(source, 120)]
    assert 0.0 < np.mean(ratios[60:]) < 0.1
