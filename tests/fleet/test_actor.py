import threading
from pathlib import Path

import pytest

from stream_ae.fleet import actor
from stream_ae.fleet.actor import CameraActor
from stream_ae.fleet.spec import CameraSpec
from stream_ae.fleet.status import Report

WITHIN = 30.0  # seconds


class Itself:
    """What Ray says of an actor, and the actor that asks itself for something.

    Args:
        is_again: whether Ray has started it again.
        refuses: so many times before it does what it is asked for.
    """

    def __init__(self, *, is_again: bool, refuses: int = 0) -> None:
        self.was_current_actor_reconstructed = is_again
        self.made: CameraActor | None = None
        self.asked, self._refuses = 0, refuses
        self.learned = threading.Event()

    def get_runtime_context(self) -> "Itself":
        return self

    @property
    def current_actor(self) -> "Itself":
        return self

    @property
    def learn(self) -> "Itself":
        return self

    def remote(self) -> None:
        self.asked += 1
        if self.made is not None and self.asked > self._refuses:
            self.made.learn()
            self.learned.set()


def make(
    folder: Path, monkeypatch: pytest.MonkeyPatch, itself: Itself, *, waits: bool = False
) -> CameraActor:
    def tell(_report: Report) -> None:
        """There is no hub."""

    monkeypatch.setattr(actor, "ray_module", lambda: itself)
    monkeypatch.setattr("stream_ae.fleet.camera.REPORT_EVERY", 0.02)
    door = CameraSpec("door", {"source": "${NO_SUCH_VARIABLE}"}, cpus=0.5, runs=str(folder))
    itself.made = CameraActor(door, owner="shop", tell=tell, waits=waits)
    return itself.made


@pytest.mark.parametrize(("waits", "is_again"), [(False, False), (False, True), (True, True)])
def test_it_asks_itself_to_learn_until_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: bool, is_again: bool
) -> None:
    itself = Itself(is_again=is_again, refuses=3)
    make(tmp_path, monkeypatch, itself, waits=waits)
    assert itself.learned.wait(WITHIN)
    assert itself.asked > 3


def test_who_follows_waits_to_be_asked_and_learns_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    itself = Itself(is_again=False)
    follower = make(tmp_path, monkeypatch, itself, waits=True)
    learned = []
    monkeypatch.setattr("stream_ae.fleet.camera.Camera._live", lambda _: learned.append("once"))
    assert not itself.learned.wait(0.1)
    assert list(tmp_path.iterdir()) == [], "the run is not taken over yet"
    follower.learn()
    follower.learn()
    assert (learned, itself.asked) == (["once"], 0)
