from pathlib import Path

import pytest

from stream_ae.fleet import actor
from stream_ae.fleet.actor import CameraActor
from stream_ae.fleet.spec import CameraSpec
from stream_ae.fleet.status import Report


class Context:
    """What Ray says of an actor, which asks itself for something."""

    def __init__(self, *, is_again: bool) -> None:
        self.was_current_actor_reconstructed = is_again
        self.asked = 0

    def get_runtime_context(self) -> "Context":
        return self

    @property
    def current_actor(self) -> "Context":
        return self

    @property
    def learn(self) -> "Context":
        return self

    def remote(self) -> None:
        self.asked += 1


@pytest.mark.parametrize(
    ("waits", "is_again", "asked"),
    [(False, False, 1), (False, True, 1), (True, False, 0), (True, True, 1)],
)
def test_it_asks_itself_to_learn_unless_another_one_still_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: bool, is_again: bool, asked: int
) -> None:
    ray = Context(is_again=is_again)
    monkeypatch.setattr(actor, "ray_module", lambda: ray)

    def tell(_report: Report) -> None:
        """There is no hub."""

    door = CameraSpec("door", {"source": "scene:quiet"}, cpus=0.5, runs=str(tmp_path))
    CameraActor(door, owner="shop", tell=tell, waits=waits)
    assert ray.asked == asked
