"""A tiny environment for Gymnasium, for tests that look at more than the source that plays it."""

from functools import partial
from typing import Any

import gymnasium
import numpy as np

ENV_ID = "StreamAE/Ramp-v0"


class Ramp(gymnasium.Env[np.int64, np.int64]):
    """Gets lighter with every step; an episode has three."""

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 20}  # noqa: RUF012 - as Gymnasium has it
    action_space = gymnasium.spaces.Discrete(2)
    observation_space = gymnasium.spaces.Discrete(9)

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.int64, dict[str, Any]]:
        super().reset(seed=seed, options=options)
        self._steps = 0
        return np.int64(0), {}

    def step(self, action: np.int64) -> tuple[np.int64, float, bool, bool, dict[str, Any]]:
        self._steps += 1
        return action, 0.0, self._steps == 3, False, {}

    def render(self) -> np.ndarray:
        return np.full((20, 30, 3), 40 * self._steps, np.uint8)


def register() -> str:
    """Make it known to Gymnasium, if it is not, and give its name."""
    if ENV_ID not in gymnasium.registry:
        gymnasium.register(ENV_ID, partial(Ramp))
    return ENV_ID
