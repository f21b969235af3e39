"""A Gymnasium environment under a random policy: an endless stream of what it renders.

Atari games come with ale-py. Each action is sampled from the action space, seeded, so that a stream
can be played again from its beginning, action by action.
"""

import itertools
from collections.abc import Container, Iterator, Mapping
from typing import Protocol, SupportsFloat

import numpy as np

from stream_ae.errors import MissingExtraError, SourceError
from stream_ae.frame import Event, Frame, Rgb
from stream_ae.settings.choices import POLICY, Policy, check_choice
from stream_ae.sources.base import Source

NOMINAL_FPS = 60.0
"""Frames per second of an environment that states no ``render_fps``."""


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

    After the last frame of an episode comes the first of the next one: it ``is_first`` and carries
    an event (``episode``). Resuming plays the same actions again without rendering them.

    Args:
        env_id: as Gymnasium names it, e.g. ``ALE/Breakout-v5``.
        policy: how actions are chosen; only ``random`` exists so far.
        seed: of the environment and of the actions.

    Raises:
        ValueError: there is no such policy.
        SourceError: there is no such environment.
        MissingExtraError: Gymnasium or ale-py is not installed.
    """

    def __init__(self, env_id: str, *, policy: str = POLICY, seed: int = 0) -> None:
        check_choice(policy, Policy, name="policy")
        super().__init__(f"gym:{env_id}")
        try:
            import ale_py
            import gymnasium
        except ImportError as error:
            raise MissingExtraError("Gymnasium", purpose="a gym:… stream", extra="gym") from error
        gymnasium.register_envs(ale_py)
        ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)  # it greets on stderr
        self._gym = gymnasium
        self._logger: _Logger = gymnasium.logger
        self._env_id, self._seed = env_id, seed
        try:
            gymnasium.spec(env_id)
        except (gymnasium.error.Error, ImportError) as error:
            raise self._cannot_open(error) from error

    def read(self, start: int) -> Iterator[Frame]:
        """Give the frames from position ``start`` on.

        Raises:
            SourceError: something that the environment needs is missing, or it renders nothing.
        """
        env = self._make()
        try:
            rate = env.metadata.get("render_fps")
            fps = float(rate) if isinstance(rate, SupportsFloat) and rate else NOMINAL_FPS
            env.action_space.seed(self._seed)
            env.reset(seed=self._seed)
            is_first, over, episode = True, False, 1
            events: tuple[Event, ...] = ()
            for index in itertools.count():
                if self.closing:
                    return
                if index >= start:
                    rgb = self._render(env)
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
            env.close()

    def _make(self) -> _Env:
        """The environment, if it renders pictures."""
        logger = self._logger
        level = logger.min_level
        logger.min_level = logger.ERROR  # its warnings become one line of our own below
        try:
            env: _Env = self._gym.make(
                self._env_id, render_mode="rgb_array", disable_env_checker=True
            )
        except (self._gym.error.Error, ImportError, TypeError) as error:
            raise self._cannot_open(error) from error
        finally:
            logger.min_level = level
        modes = env.metadata.get("render_modes", [])
        if not isinstance(modes, Container) or "rgb_array" not in modes:
            env.close()
            raise self._cannot_open(f"it must draw as 'rgb_array', but knows only {modes}")
        return env

    def _render(self, env: _Env) -> Rgb:
        try:
            return np.array(env.render())  # a copy: some environments render into the same array
        except (self._gym.error.Error, ImportError) as error:
            raise self._cannot_open(error) from error

    def _cannot_open(self, reason: object) -> SourceError:
        return SourceError(
            f"cannot open {self.address!r}: {str(reason).rstrip('.')};"
            " is the name right, and what it needs installed?"
        )
