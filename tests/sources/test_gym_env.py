import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, pairwise
from threading import Event
from threading import enumerate as enumerate_threads
from types import ModuleType
from typing import Any, ClassVar

import ale_py
import gymnasium
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from tests.conformance.sources import assert_same, check_source
from tests.support.surprises import surprises

from stream_ae.errors import MissingExtraError, SourceError, SourceLostError
from stream_ae.frame import Frame
from stream_ae.sources import gym_env
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


class Silent(Walk):
    metadata: dict[str, Any] = {}  # noqa: RUF012 - it says nothing of how it draws


class Artist(Walk):
    """Draws and does what it is told to."""

    drawing: ClassVar[Callable[[np.ndarray], object]] = staticmethod(lambda rgb: rgb)
    failing: ClassVar[str] = ""
    error: ClassVar[BaseException] = RuntimeError()
    rate: ClassVar[object] = 20

    def __init__(self, render_mode: str | None = None) -> None:
        super().__init__(render_mode)
        self.metadata = {"render_modes": ["rgb_array"], "render_fps": self.rate}
        self._calls = Counter[str]()
        self._fail("make")

    def _fail(self, call: str) -> None:
        self._calls[call] += 1
        if self.failing in (call, f"{call} {self._calls[call]}"):
            raise self.error

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.int64, dict[str, Any]]:
        self._fail("reset")
        return super().reset(seed=seed, options=options)

    def step(self, action: np.int64) -> tuple[np.int64, float, bool, bool, dict[str, Any]]:
        self._fail("step")
        return super().step(action)

    def render(self) -> Any:
        self._fail("render")
        return type(self).drawing(super().render())

    def close(self) -> None:
        self._fail("close")


@pytest.fixture(autouse=True)
def _environments() -> Iterator[None]:
    kinds: dict[str, type[Walk]] = {
        "Walk": Walk,
        "Mute": Mute,
        "Stiff": Stiff,
        "Needy": Needy,
        "Timeless": Timeless,
        "Silent": Silent,
        "Artist": Artist,
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
        ("no_such_module:Walk-v0", "No module named 'no_such_module'; .* in PYTHONPATH"),
        (":Walk-v0", "Empty module name"),
        (".odd:Walk-v0", "relative"),
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


ARTIST = "StreamAE/Artist-v0"


@pytest.fixture
def artist(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Tells the artist what to do."""

    def tell(**what: object) -> None:
        for name, value in {"drawing": lambda rgb: rgb, "failing": "", "rate": 20, **what}.items():
            monkeypatch.setattr(Artist, name, staticmethod(value) if callable(value) else value)

    return tell


@pytest.mark.parametrize(
    "draw",
    [
        lambda rgb: rgb[..., 0],
        lambda rgb: rgb[..., :1],
        lambda rgb: np.dstack([rgb, np.full_like(rgb[..., :1], 255)]),
        lambda rgb: rgb / np.float32(255),
        lambda rgb: rgb / 255,
        lambda rgb: rgb.astype(np.uint16) * 257,
        lambda rgb: torch.from_numpy(rgb.copy()),
        lambda rgb: np.asfortranarray(rgb),
        lambda rgb: rgb[::-1].copy()[::-1],
    ],
)
def test_what_to_rgb_takes_may_be_drawn(
    artist: Callable[..., None], draw: Callable[[np.ndarray], object]
) -> None:
    artist(drawing=draw)
    for frame, expected in zip(play(ARTIST, 8), play("StreamAE/Walk-v0", 8), strict=True):
        assert np.array_equal(frame.rgb, expected.rgb)
        assert frame.rgb.flags.c_contiguous
        assert frame.rgb.flags.writeable


@pytest.mark.parametrize(
    ("draw", "reason"),
    [
        (lambda _: None, "render\\(\\) must give one picture .* got None"),
        (lambda rgb: [rgb, rgb], "got a list of 2"),
        (lambda rgb: (rgb,), "got a tuple of 1"),
        (lambda rgb: rgb[..., [0] * 5], r"got \(20, 30, 5\)"),
        (lambda rgb: rgb[:0], r"got \(0, 30, 3\)"),
        (lambda rgb: rgb.transpose(2, 0, 1), r"got \(3, 20, 30\)"),
        (lambda rgb: rgb.astype(np.float64), "must lie in"),
        (lambda rgb: rgb.astype(complex), "complex"),
        (lambda _: "picture", r"got \(\)"),
        (lambda _: np.array(["a"]), r"got \(1,\)"),
        (lambda _: {"rgb": 1}, r"got \(\)"),
    ],
)
def test_what_is_no_picture_is_refused(
    artist: Callable[..., None], draw: Callable[[np.ndarray], object], reason: str
) -> None:
    artist(drawing=draw)
    with pytest.raises(SourceError, match=reason) as caught:
        play(ARTIST, 1)
    assert type(caught.value) is SourceError
    assert str(caught.value).startswith(f"cannot open 'gym:{ARTIST}': ")


def test_what_is_no_picture_later_is_a_loss(artist: Callable[..., None]) -> None:
    drawn: list[np.ndarray] = []

    def draw(rgb: np.ndarray) -> object:
        drawn.append(rgb)
        return None if len(drawn) > 3 else rgb

    artist(drawing=draw)
    with pytest.raises(SourceLostError, match=f"lost 'gym:{ARTIST}' after 3 frames: .* got None"):
        play(ARTIST, 10)


@pytest.mark.parametrize(
    ("failing", "frames"),
    [
        *(("make", 0), ("reset 1", 0), ("render 1", 0)),
        *(("step 1", 1), ("render 2", 1), ("step 5", 5), ("reset 2", 6)),
    ],
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(error=surprises)
def test_whatever_an_environment_raises_is_one_line(
    artist: Callable[..., None], failing: str, frames: int, error: Exception
) -> None:
    artist(failing=failing, error=error)
    got: list[Frame] = []
    with GymEnv(ARTIST) as source, pytest.raises(SourceError) as caught:
        got.extend(source)
    assert len(got) == frames
    assert type(caught.value) is (SourceLostError if frames else SourceError)
    assert len(str(caught.value).splitlines()) == 1
    assert gymnasium.logger.min_level == gymnasium.logger.WARN, "set back"


def test_one_that_does_not_close_has_lost_nothing(
    artist: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "stream_ae")
    artist(failing="close", error=OSError(5, "the window is gone"))
    assert len(play(ARTIST, 3)) == 3
    assert caplog.messages == [f"gym:{ARTIST} did not close: OSError: the window is gone"]


@pytest.mark.parametrize("rate", [0, -5, float("nan"), float("inf"), "fast", None])
def test_a_rate_that_is_none_is_not_believed(artist: Callable[..., None], rate: object) -> None:
    artist(rate=rate)
    assert play(ARTIST, 4)[3].time == pytest.approx(3 / 60)


def test_one_that_says_nothing_of_how_it_draws_is_tried() -> None:
    assert len(play("StreamAE/Silent-v0", 3)) == 3


def test_the_module_that_registers_an_environment_is_imported_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "my_environments", ModuleType("my_environments"))
    with GymEnv("my_environments:StreamAE/Walk-v0") as source:
        frames = list(islice(source, 3))
    assert source.address == "gym:my_environments:StreamAE/Walk-v0"
    for frame, expected in zip(frames, play("StreamAE/Walk-v0", 3), strict=True):
        assert np.array_equal(frame.rgb, expected.rgb)


def test_without_a_version_the_newest_is_meant() -> None:
    gymnasium.register("StreamAE/Walk-v10", partial(Timeless))
    try:
        assert play("StreamAE/Walk", 2)[1].time == pytest.approx(1 / 60)
    finally:
        del gymnasium.registry["StreamAE/Walk-v10"]


def test_a_step_that_takes_for_ever_keeps_nobody_from_ending(
    artist: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gym_env, "_JOIN_TIMEOUT", 0.05)
    released, drawn = Event(), []

    def draw(rgb: np.ndarray) -> np.ndarray:
        drawn.append(rgb)
        if len(drawn) > 1:
            released.wait()
        return rgb

    artist(drawing=draw)
    try:
        with GymEnv(ARTIST) as source:
            for _ in source:
                source.stop()
            (reader,) = (each for each in enumerate_threads() if each.name.endswith(ARTIST))
        assert reader.is_alive()
    finally:
        released.set()
    reader.join()
