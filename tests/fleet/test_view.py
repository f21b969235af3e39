import logging
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pytest
from tests.support.staged_wall import learning, seen

from stream_ae.errors import ConfigError, StreamAEError
from stream_ae.fleet.delivery import Delivery
from stream_ae.fleet.metrics import FleetPages
from stream_ae.fleet.status import CameraStatus, NamedEvent
from stream_ae.fleet.view import View
from stream_ae.runs.watch_config import WatchConfig
from stream_ae.web.process import PageServer, PageSettings, Wanted


class Fleet:
    """A fleet that says what the test gives it."""

    def __init__(self) -> None:
        self.known: list[NamedEvent] = []
        self.looked: list[dict[str, Collection[str]]] = []
        self.fails: StreamAEError | None = None

    def watch(self, panels: Mapping[str, Collection[str]]) -> list[CameraStatus]:
        self.looked.append(dict(panels))
        if self.fails is not None:
            raise self.fails
        return [learning("door")]

    def events(self, after: int) -> list[NamedEvent]:
        return [event for event in self.known if event.number > after]


class Told(Delivery):
    """A delivery that takes down what it is given."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, fleet="shop", config=WatchConfig(source="scene:quiet"))
        self.steps: list[list[int]] = []

    def take(self, events: Sequence[NamedEvent], cameras: Sequence[CameraStatus]) -> None:
        assert [camera.name for camera in cameras] == ["door"]
        self.steps.append([event.event["step"] for event in events])


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def page(tmp_path: Path) -> PageServer:
    """The page of a fleet, which is not served."""
    return PageServer(tmp_path, PageSettings("127.0.0.1", 0), run={})


def test_the_fleet_is_asked_once_a_second_and_for_pictures_if_somebody_looks(
    page: PageServer,
) -> None:
    fleet, clock, pages = Fleet(), Time(), FleetPages({"fleet": "shop"})
    view = View(fleet, page, runs="runs", pages=pages, clock=clock)
    for now in (0.0, 0.5, 1.0, 1.5, 2.0):
        clock.now = now
        assert not view.turn(), "the page is not served, so there is nothing to see"
        page.wanted = Wanted(cameras={"door": ["frame"]} if now >= 1 else {})
    assert fleet.looked == [{}, {}, {"door": ["frame"]}]
    assert [camera.name for camera in pages.cameras] == ["door"]


def test_events_are_asked_for_again_where_the_hub_counts_from_the_start(
    page: PageServer, tmp_path: Path
) -> None:
    fleet, clock = Fleet(), Time()
    with Told(tmp_path) as told:
        view = View(fleet, page, runs="runs", delivery=told, clock=clock)
        first: list[tuple[int, int]] = [(1, 10), (2, 20)]
        for count, hub in enumerate([first, [*first, (3, 30)], [(1, 40)], [], [(1, 50)]]):
            fleet.known = [NamedEvent(n, "door", seen("cut", step=step)) for n, step in hub]
            clock.now = float(count)
            view.turn()
    assert told.steps == [[10, 20], [20, 30], [40], [], [50]]


def test_a_hub_that_is_away_is_said_once_and_a_fleet_that_is_gone_ends_it(
    page: PageServer, caplog: pytest.LogCaptureFixture
) -> None:
    fleet, clock = Fleet(), Time()
    view = View(fleet, page, runs="runs", clock=clock)
    fleet.fails = StreamAEError("the hub should answer")
    with caplog.at_level(logging.WARNING):
        for clock.now in (1.0, 2.0, 3.0):
            view.turn()
    assert caplog.messages == ["the hub should answer"]
    fleet.fails = ConfigError("there is no fleet")
    clock.now = 4.0
    with pytest.raises(ConfigError):
        view.turn()
