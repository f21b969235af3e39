import sys
from collections.abc import Iterator
from functools import partial
from itertools import islice, pairwise
from typing import Any

import ale_py
import gymnasium
import numpy as np
import pytest
from tests.conformance.sources import assert_same, check_source

from stream_ae.errors import MissingExtraError, SourceError
from stream_ae.frame import Frame
from stream_ae.sources.gym_env import GymEnv


class Walk(gymnasium.Env[np.int64, np.int64]):
    """A dot walks up or down by chance until it has gone five steps; drawn into one array."""

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 20}  # noqa: RUF012 - as Gymnasium has it
    action_space = gymnasium.spaces.Discrete(2)
    observation_space = gymnasium.spaces.Discrete(100)
    drawn = 0

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self._picture = np.zeros((20, 30, 3), np.uint8)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.int64, dict[str, Any]]:
        super().reset(seed=seed, options=options)
        self._place, self._steps = int(self.np_random.integers(5, 15)), 0
        return np.int64(self._place), {}

    def step(self, action: np.int64) -> tuple[np.int64, float, bool, bool, dict[str, Any]]:
        self._place += 1 if action else -1
        self._steps += 1
        return np.int64(self._place), 0.0, self._steps == 5, False, {}

    def render(self) -> np.ndarray:
        type(self).drawn += 1
        self._picture[:] = 0
        self._picture[self._place, self._steps] = 255
        return self._picture


class Mute(Walk):
    metadata: dict[str, Any] = {"render_modes": ["ansi"]}  # noqa: RUF012 - as Gymnasium has it


class Stiff(Walk):
    def __init__(self) -> None:
        super().__init__()


class Needy(Walk):
    def render(self) -> np.ndarray:
        raise gymnasium.error.DependencyNotInstalled("paint is not installed, run `pip install x`")


class Timeless(Walk):
    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as Gymnasium has it


@pytest.fixture(autouse=True)
def _environments() -> Iterator[None]:
    kinds: dict[str, type[Walk]] = {
        "Walk": Walk,
        "Mute": Mute,
        "Stiff": Stiff,
        "Needy": Needy,
        "Timeless": Timeless,
    }
    for name, kind in kinds.items():
        gymnasium.register(f"StreamAE/{name}-v0", partial(kind))
    yield
    for name in kinds:
        del gymnasium.registry[f"StreamAE/{name}-v0"]


def play(name: str, count: int, *, seed: int = 0, start: int = 0) -> list[Frame]:
    with GymEnv(name, seed=seed) as source:
        return list(islice(source.frames(start=start), count))


def test_conformance() -> None:
    check_source(lambda: GymEnv("StreamAE/Walk-v0"), frames=20)


def test_an_episode_is_followed_by_the_beginning_of_the_next() -> None:
    frames = play("StreamAE/Walk-v0", 13)
    steps = [int(np.argwhere(frame.rgb)[0][1]) for frame in frames]
    assert steps == [0, 1, 2, 3, 4, 5] * 2 + [0]
    assert [frame.index for frame in frames if frame.is_first] == [0, 6, 12]
    events = [(frame.index, event.kind, event.text) for frame in frames for event in frame.events]
    assert events == [(6, "episode", "episode 2 begins"), (12, "episode", "episode 3 begins")]
    assert [frame.time for frame in frames] == pytest.approx([n / 20 for n in range(13)])


def test_the_dot_moves_one_step_at_a_time_and_by_chance() -> None:
    rows = [int(np.argwhere(frame.rgb)[0][0]) for frame in play("StreamAE/Walk-v0", 60)]
    moves = [
        after - before for number, (before, after) in enumerate(pairwise(rows)) if number % 6 < 5
    ]
    assert set(moves) == {-1, 1}


def test_the_seed_decides() -> None:
    same, again, other = (
        np.stack([frame.rgb for frame in play("StreamAE/Walk-v0", 40, seed=seed)])
        for seed in (3, 3, 4)
    )
    assert np.array_equal(same, again)
    assert not np.array_equal(same, other)


def test_resuming_does_not_draw_what_it_passes_over() -> None:
    Walk.drawn = 0
    play("StreamAE/Walk-v0", 1, start=500)
    assert Walk.drawn <= 6, "one, and what the reader reads ahead"


def test_an_environment_without_a_rate() -> None:
    assert play("StreamAE/Timeless-v0", 4)[3].time == pytest.approx(3 / 60)


def test_atari() -> None:
    frames = play("ALE/Breakout-v5", 60)
    assert {frame.size for frame in frames} == {(210, 160)}
    assert len({frame.rgb.tobytes() for frame in frames}) > 10, "something moves"
    assert frames[0].source == "gym:ALE/Breakout-v5"
    for frame, expected in zip(play("ALE/Breakout-v5", 10, start=50), frames[50:], strict=True):
        assert_same(frame, expected)


def test_atari_says_nothing_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Info)
    play("ALE/Breakout-v5", 1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("env_id", "reason"),
    [
        ("ALE/Breakot-v5", "Did you mean: `Breakout`"),
        ("Nowhere/Walk-v0", "Namespace Nowhere not found"),
        ("StreamAE/Walk-v9", "version `v9`"),
        ("", "Malformed environment ID"),
    ],
)
def test_an_unknown_environment_is_one_clear_line(env_id: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        GymEnv(env_id)
    assert str(caught.value).startswith(f"cannot open 'gym:{env_id}': ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("env_id", "reason"),
    [
        ("StreamAE/Mute-v0", r"must draw as 'rgb_array', but knows only \['ansi'\]"),
        ("StreamAE/Stiff-v0", "render_mode"),
        ("StreamAE/Needy-v0", "paint is not installed, run `pip install x`"),
    ],
)
def test_an_environment_that_cannot_be_drawn(env_id: str, reason: str) -> None:
    with GymEnv(env_id) as source, pytest.raises(SourceError, match=reason) as caught:
        next(iter(source))
    assert f"cannot open 'gym:{env_id}': " in str(caught.value)
    assert gymnasium.logger.min_level == gymnasium.logger.WARN, "set back"


@pytest.mark.parametrize("package", ["gymnasium", "ale_py"])
def test_without_gymnasium_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"stream-ae\[gym\]"):
        GymEnv("ALE/Breakout-v5")


def test_another_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="policy must be 'random', got 'greedy'"):
        GymEnv("CartPole-v1", policy="greedy")


def test_the_seed_is_0_unless_said_otherwise() -> None:
    with GymEnv("StreamAE/Walk-v0") as source:
        frames = list(islice(source, 12))
    for frame, expected in zip(frames, play("StreamAE/Walk-v0", 12, seed=0), strict=True):
        assert_same(frame, expected)
