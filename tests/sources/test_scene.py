import math
from itertools import islice
from typing import cast

import numpy as np
import pytest
from tests.conformance.sources import check_source

from stream_ae.scenes import CUT_EVERY, CUTS, SCENES
from stream_ae.scenes.scene import NOISE_LIMIT, READ_NOISE, SHOT_NOISE
from stream_ae.scenes.street import BALLOON_FRAME, LIGHT_SWITCHES
from stream_ae.sources.scene import VISIBLE, SceneSource

pytestmark = pytest.mark.slow

every_scene = pytest.mark.parametrize("name", sorted(SCENES))


@pytest.mark.parametrize("name", ["cuts", "quiet"])
def test_conformance(name: str) -> None:
    check_source(lambda: SceneSource(name, seed=5), frames=8)


@every_scene
def test_any_frame_is_the_same_from_anywhere(name: str) -> None:
    start = CUT_EVERY - 3
    with SceneSource(name, seed=2) as source:
        assert source.address == f"scene:{name}"
        assert source.length is None
        frames = list(islice(source.frames(start=start), 6))
    fresh = SceneSource(name, seed=2)
    for number, frame in enumerate(frames, start):
        assert frame.size == (240, 320)
        assert frame.index == number
        assert frame.time == number / 25
        assert not frame.is_first
        assert np.array_equal(frame.rgb, fresh.frame_at(number))


@every_scene
def test_seeds_give_different_streams(name: str) -> None:
    frames = [SceneSource(name, seed=seed).frame_at(40).astype(float) for seed in range(2)]
    assert np.abs(frames[0] - frames[1]).mean() > 5


@every_scene
def test_there_is_no_end_and_no_repetition(name: str) -> None:
    with SceneSource(name) as source:
        far = source.frame_at(10**7)
        assert far.std() > 20
        assert source.moving(10**7).shape == source.changed(10**7).shape == (240, 320)
        period = CUT_EVERY * len(CUTS)
        later = source.frame_at(10**7 + period)
    assert not np.array_equal(far, later)


@pytest.mark.parametrize(("name", "index"), [("street", 301), ("quiet", 450), ("pan", 710)])
def test_outside_the_change_mask_frames_differ_by_noise_alone(name: str, index: int) -> None:
    with SceneSource(name, seed=1) as source:
        changed = source.changed(index)
        now, before = (source.frame_at(at).astype(float) for at in (index, index - 1))
    assert 0 < changed.mean() < 0.5
    difference = np.abs(now - before).max(2)[~changed]
    loudest = 2 * NOISE_LIMIT * (READ_NOISE + SHOT_NOISE) + VISIBLE
    assert difference.max() <= loudest * 1.09 + 1, "the light drifts by 8 % at most"
    assert difference.mean() < 5


def test_inside_the_change_mask_the_mean_of_many_streams_would_differ() -> None:
    with SceneSource("street", seed=1) as source:
        changed = source.changed(301)
        now, before = (source.frame_at(at).astype(float) for at in (301, 300))
    difference = np.abs(now - before).max(2)
    assert difference[changed].mean() > 4 * difference[~changed].mean()


def test_what_moves_differs_from_the_same_place_without_it() -> None:
    with SceneSource("street", seed=3) as source:
        moving = [source.moving(index) for index in range(0, 600, 60)]
        frames = np.stack([source.frame_at(index) for index in range(0, 600, 60)]).astype(float)
    background = np.median(frames, 0)
    for mask, frame in zip(moving, frames, strict=True):
        assert 0.01 < mask.mean() < 0.3
        difference = np.abs(frame - background).max(2)
        assert (difference[mask] > 15).mean() > 0.8
        assert (difference[~mask] > 15).mean() < 0.1, "but for shadows and the median's own errors"


def test_what_moves_changes_pixels_where_it_is_or_was() -> None:
    with SceneSource("street", seed=3) as source:
        for index in (200, 401, 777):
            around = source.moving(index) | source.moving(index - 1)
            changed = source.changed(index)
            assert (changed & around).sum() > 0.5 * changed.sum(), "the rest is shadow and rims"
            assert changed.mean() < 2 * around.mean()


def test_the_light_switches_when_the_script_says_so() -> None:
    first, every = LIGHT_SWITCHES
    with SceneSource("street") as source:
        around = (at + by for at in (first, first + every) for by in range(-3, 4))
        told = [at for at in around if "light" in source.events(at)]
        assert told == [first, first + every]
        assert source.changed(first).mean() > 0.9
        assert source.changed(first + 1).mean() < 0.2
        means = [source.frame_at(first + at).mean() for at in (-1, 0)]
    assert means[1] < 0.8 * means[0]


def test_what_was_never_there_comes_when_the_script_says_so() -> None:
    with SceneSource("street") as source:
        seen = [at for at in range(BALLOON_FRAME - 40, 1800) if "novel" in source.events(at)]
        assert BALLOON_FRAME <= seen[0] < BALLOON_FRAME + 15
        assert 130 < len(seen) < 190
        assert seen == list(range(seen[0], seen[-1] + 1))
        middle = seen[len(seen) // 2]
        novel = source.novel(middle)
        assert not (novel & ~source.moving(middle)).any()
        purple = source.frame_at(middle)[novel].mean(0)
    assert purple[2] > purple[0] > purple[1]


def test_scenes_are_cut_when_the_script_says_so_and_come_back_the_same() -> None:
    with SceneSource("cuts") as source:
        cuts = [at for at in range(10, 3 * CUT_EVERY, 10) if source.events(at) == ("cut",)]
        assert cuts == [CUT_EVERY, 2 * CUT_EVERY]
        assert source.changed(CUT_EVERY).mean() > 0.8
        assert source.changed(CUT_EVERY + 1).mean() < 0.3
        around = len(CUTS) * CUT_EVERY
        now, again, other = (source.frame_at(at).astype(float) for at in (30, 30 + around, 230))
    assert np.median(np.abs(again - now)) <= 8, "but for noise, drift and who is there"
    assert np.median(np.abs(other - now)) > 30


def test_each_place_is_shown_in_its_turn() -> None:
    with SceneSource("cuts") as source:
        for place in (1, 4, len(CUTS) - 1):
            index = CUT_EVERY * place + 60
            assert np.array_equal(source.frame_at(index), CUTS[place](0).frame(index))


def test_in_the_first_frame_nothing_changed_and_nothing_happened() -> None:
    with SceneSource("street") as source:
        assert not source.changed(0).any()
        assert source.events(0) == ()
        assert next(iter(source)).is_first


def test_wrong_names_seeds_and_indices_are_told() -> None:
    with pytest.raises(ValueError, match=r"'nowhere'; there are scene:cuts, .*scene:street"):
        SceneSource("nowhere")
    for seed in (-1, 1.5, math.nan):
        with pytest.raises(ValueError, match=f"a whole number, 0 or more, got {seed}"):
            SceneSource("street", seed=cast("int", seed))
    with SceneSource("street") as source, pytest.raises(ValueError, match="at least 0, got -5"):
        source.frame_at(-5)
