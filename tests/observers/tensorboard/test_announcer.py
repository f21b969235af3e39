from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.support.steps import make_step

from stream_ae.observers.tensorboard import announcer as module
from stream_ae.observers.tensorboard.announcer import Announcer
from stream_ae.observers.tensorboard.server import BoardServer


class Server(BoardServer):
    """One that shows something when it was asked often enough."""

    def __init__(self, *, shows_at: int) -> None:
        super().__init__(Path("nowhere"), port=81)
        self.asked: list[str] = []
        self._shows_at = shows_at

    @property
    def is_running(self) -> bool:
        return len(self.asked) < 9

    def shows(self, plugin: str) -> bool:
        self.asked.append(plugin)
        return len(self.asked) >= self._shows_at


LINE = "watch it at http://127.0.0.1:81/#images (Ctrl-C ends it)"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds since the start, which a test moves on; to sleep moves it, too."""
    now = [100.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    return now


def test_the_address_is_said_once_and_not_before_there_is_something_to_see(
    clock: list[float],
) -> None:
    said: list[str] = []
    announcer = Announcer(Server(shows_at=3), said.append)
    told_after = []
    for _ in range(5):
        announcer.on_step(make_step())
        told_after.append(len(said))
        clock[0] += 1.0
    announcer.announce()
    assert told_after == [0, 0, 1, 1, 1]
    assert said == [LINE]


def test_the_server_is_asked_now_and_then_only(clock: list[float]) -> None:
    server = Server(shows_at=99)
    announcer = Announcer(server, print)
    for _ in range(8):
        announcer.on_step(make_step())
        clock[0] += 0.125
    assert server.asked == ["images", "images"]


@pytest.mark.parametrize(("shows_at", "asked"), [(4, 4), (99, 9)])
def test_at_the_end_it_is_waited_for_while_the_server_runs(shows_at: int, asked: int) -> None:
    said: list[str] = []
    server = Server(shows_at=shows_at)
    Announcer(server, said.append).announce()
    assert said == [LINE]
    assert len(server.asked) == asked


def test_patience_has_an_end(clock: list[float]) -> None:
    said: list[str] = []
    Announcer(Server(shows_at=99), said.append).announce(patience=0.25)
    assert said == [LINE]
    assert clock[0] < 101.0


def test_a_private_run_has_no_pictures_to_wait_for() -> None:
    said: list[str] = []
    server = Server(shows_at=1)
    Announcer(server, said.append, private=True).announce()
    assert server.asked == ["histograms"]
    assert said == [LINE.replace("images", "histograms")]
