"""A Gymnasium environment under a random policy: an endless stream of what it renders.

Atari games come with ale-py. Each action is sampled from the action space, seeded, so that a stream
can be played again from its beginning, action by action.
"""

import importlib
import itertools
import math
import re
from collections.abc import Container, Iterator, Mapping
from typing import Protocol, SupportsFloat

import numpy as np

from stream_ae.errors import MissingExtraError
from stream_ae.frame import Event, Frame, Rgb
from stream_ae.kernels.pixels import to_rgb
from stream_ae.settings.choices import POLICY, Policy, check_choice
from stream_ae.sources.base import Source
from stream_ae.sources.door import door, frames_through, free

NOMINAL_FPS = 60.0
"""Frames per second of an environment that states no ``render_fps``."""

_JOIN_TIMEOUT = 3.0  # seconds: a step may take any time, and nothing interrupts it
_ADVICE = "is the name right, and does the environment run and draw without stream-ae?"


class _Space(Protocol):
    """What is used of a Gymnasium action space."""

    def seed(self, seed: int) -> object: ...

    def sample(self) -> object: ...


class _Env(Protocol):
    """What is used of a Gymnasium environment, whose class is there only once it is imported."""

    @property
    def metadata(self) -> Mapping[str, object]: ...

    @property
    def action_space(self) -> _Space: ...

    def reset(self, *, seed: int | None = None) -> object: ...

    def step(self, action: object) -> tuple[object, object, bool, bool, object]: ...

    def render(self) -> object: ...

    def close(self) -> None: ...


class _Logger(Protocol):
    """What is used of ``gymnasium.logger``."""

    ERROR: int
    min_level: int


class GymEnv(Source):
    """What an environment renders, (H, W, 3) uint8: the state after a reset, then one a step.

    It may draw whatever :func:`stream_ae.nn.to_rgb` takes: grey, RGBA, floating point. After the
    last frame of an episode comes the first of the next one: it ``is_first`` and carries an event
    (``episode``). Resuming plays the same actions again without rendering them.

    Args:
        env_id: as ``gymnasium.make`` takes it: ``ALE/Breakout-v5``, ``CartPole`` (the newest one)
            or ``my_module:Mine/Walk-v0`` (the module is imported first).
        policy: how actions are chosen; only ``random`` exists so far.
        seed: of the environment and of the actions.

    Raises:
        ValueError: there is no such policy.
        SourceError: there is no such environment, or its module cannot be imported.
        MissingExtraError: Gymnasium or ale-py is not installed.
    """

    def __init__(self, env_id: str, *, policy: str = POLICY, seed: int = 0) -> None:
        check_choice(policy, Policy, name="policy")
        super().__init__(f"gym:{env_id}")
        self._env_id, self._seed = env_id, seed
        with door(f"cannot open {self.address!r}", advice=_ADVICE):
            try:
                import ale_py
                import gymnasium
            except ImportError as error:
                purpose = "a gym:… stream"
                raise MissingExtraError("Gymnasium", purpose=purpose, extra="gym") from error
            gymnasium.register_envs(ale_py)
            ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)  # it greets on stderr
            self._gym = gymnasium
            self._logger: _Logger = gymnasium.logger
            self._look_up()

    def read(self, start: int) -> Iterator[Frame]:
        """Give the frames from position ``start`` on.

        Raises:
            SourceError: something that the environment needs is missing, or it draws no picture.
            SourceLostError: it failed after it had given frames.
        """
        return frames_through(self._play(start), address=self.address, advice=_ADVICE)

    @property
    def _join_timeout(self) -> float | None:
        return _JOIN_TIMEOUT

    def _look_up(self) -> None:
        """Import what registers the environment, and make sure that there is one of this name."""
        module, colon, name = self._env_id.rpartition(":")
        if colon:
            advice = "is it installed, or is its folder in PYTHONPATH?"
            with door(f"cannot open {self.address!r}", advice=advice):
                importlib.import_module(module)
        newest = re.compile(rf"{re.escape(name)}-v\d+")
        if not any(newest.fullmatch(known) for known in self._gym.registry):
            self._gym.spec(name)

    def _play(self, start: int) -> Iterator[Frame]:
        env = self._make()
        try:
            fps = _rate(env.metadata.get("render_fps"))
            env.action_space.seed(self._seed)
            env.reset(seed=self._seed)
            is_first, over, episode = True, False, 1
            events: tuple[Event, ...] = ()
            for index in itertools.count():
                if self.closing:
                    return
                if index >= start:
                    rgb = _drawn(env.render())
                    time = index / fps
                    yield Frame(rgb, index, time, self.address, is_first=is_first, events=events)
                is_first, events = over, ()
                if over:
                    env.reset()
                    episode, over = episode + 1, False
                    events = (Event("episode", f"episode {episode} begins"),)
                else:
                    _, _, terminated, truncated, _ = env.step(env.action_space.sample())
                    over = bool(terminated or truncated)
        finally:
            free(self.address, lambda: env.close())

    def _make(self) -> _Env:
        """The environment, if it does not say that it draws no pictures."""
        logger = self._logger
        level = logger.min_level
        logger.min_level = logger.ERROR  # its warnings become one line of our own
        try:
            env: _Env = self._gym.make(
                self._env_id, render_mode="rgb_array", disable_env_checker=True
            )
        finally:
            logger.min_level = level
        modes = env.metadata.get("render_modes")
        if modes and isinstance(modes, Container) and "rgb_array" not in modes:
            free(self.address, lambda: env.close())
            raise ValueError(f"it must draw as 'rgb_array', but knows only {modes}")
        return env


def _rate(stated: object) -> float:
    """Frames per second as an environment states them, or the nominal ones."""
    rate = float(stated) if isinstance(stated, SupportsFloat) else 0.0
    return rate if 0.0 < rate < math.inf else NOMINAL_FPS


def _drawn(picture: object) -> Rgb:
    """What an environment drew, as a copy: some draw into the same array every time."""
    if picture is None or isinstance(picture, list | tuple):
        found = "None" if picture is None else f"a {type(picture).__name__} of {len(picture)}"
        raise TypeError(f"render() must give one picture (H, W, 3) uint8, got {found}")
    return np.array(to_rgb(np.asarray(picture)), order="C")
