"""A Gymnasium environment played by chance: an endless stream of what it shows.

Atari games come with ale-py. The policy is random so far: each action is drawn from the action
space, seeded, so that a stream can be played again from its beginning, move by move.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from stream_ae.errors import MissingExtraError, SourceError
from stream_ae.frame import Event, Frame, Rgb
from stream_ae.sources.base import Source

NOMINAL_FPS = 60.0
"""Frames per second of an environment that states no ``render_fps``."""


class GymEnv(Source):
    """What an environment shows, (H, W, 3) uint8: first its beginning, then one frame a step.

    When an episode ends, the next frame is the beginning of the next one: it ``is_first`` and tells
    of it (``episode``). Resuming plays the moves again without drawing them.

    Args:
        env_id: as Gymnasium names it, e.g. ``ALE/Breakout-v5``.
        policy: who acts; ``random`` is the one there is: each action is drawn by chance.
        seed: of the environment and of the actions.

    Raises:
        ValueError: there is no such policy.
        SourceError: there is no such environment.
        MissingExtraError: Gymnasium or ale-py is not installed.
    """

    def __init__(self, env_id: str, *, policy: str = "random", seed: int = 0) -> None:
        if policy != "random":
            raise ValueError(f"policy must be 'random', got {policy!r}")
        super().__init__(f"gym:{env_id}")
        try:
            import ale_py
            import gymnasium
        except ImportError as error:
            raise MissingExtraError("Gymnasium", purpose="a gym:… stream", extra="gym") from error
        gymnasium.register_envs(ale_py)
        ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)  # it greets on stderr
        self._gym: Any = gymnasium
        self._env_id, self._seed = env_id, seed
        try:
            gymnasium.spec(env_id)
        except (gymnasium.error.Error, ImportError) as error:
            raise self._cannot_open(error) from error

    def read(self, start: int) -> Iterator[Frame]:
        """Give the frames from position ``start`` on.

        Raises:
            SourceError: something that the environment needs is missing, or it draws nothing.
        """
        env = self._make()
        try:
            fps = float(env.metadata.get("render_fps") or NOMINAL_FPS)
            env.action_space.seed(self._seed)
            env.reset(seed=self._seed)
            is_first, over, episode = True, False, 1
            events: tuple[Event, ...] = ()
            for index in itertools.count():
                if self.closing:
                    return
                if index >= start:
                    rgb = self._draw(env)
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

    def _make(self) -> Any:
        """The environment, if it can be drawn."""
        logger = self._gym.logger
        level = logger.min_level
        logger.min_level = logger.ERROR  # what it would warn of is told below, in one line
        try:
            env = self._gym.make(self._env_id, render_mode="rgb_array", disable_env_checker=True)
        except (self._gym.error.Error, ImportError, TypeError) as error:
            raise self._cannot_open(error) from error
        finally:
            logger.min_level = level
        modes = env.metadata.get("render_modes", [])
        if "rgb_array" not in modes:
            env.close()
            raise self._cannot_open(f"it must draw as 'rgb_array', but knows only {modes}")
        return env

    def _draw(self, env: Any) -> Rgb:
        try:
            return np.array(env.render())  # a copy: some environments draw into the same array
        except (self._gym.error.Error, ImportError) as error:
            raise self._cannot_open(error) from error

    def _cannot_open(self, reason: object) -> SourceError:
        return SourceError(f"cannot open {self.address!r}: {str(reason).rstrip('.')}")
