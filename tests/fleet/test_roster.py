from dataclasses import replace

import pytest

from stream_ae.detection.findings import WatchEvent
from stream_ae.errors import ConfigError
from stream_ae.fleet.difference import Difference
from stream_ae.fleet.roster import KEPT_EVENTS, LOOKS_FOR, MISSED, MOST_REPORTS, Roster
from stream_ae.fleet.spec import CameraSpec
from stream_ae.fleet.status import CameraStatus, Report, Sight
from stream_ae.observers.event_record import EventRecord, event_record


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def spec(name: str, cpus: float = 0.5) -> CameraSpec:
    return CameraSpec(name, {"source": "scene:quiet"}, cpus=cpus, runs="runs")


SIGHT = Sight({"aspect": 1.0}, {"frame": b"f", "error": b"e"})
FRAMES = {"door": ["frame"], "yard": ["frame"], "nobody": ["frame"]}


def learning(name: str, frame: int = 1, token: int = 1) -> CameraStatus:
    return CameraStatus(
        name, "learning", frame=frame, fps=9.0, directory=f"runs/{name}", token=token, sight=SIGHT
    )


def seen(start: int) -> EventRecord:
    return event_record(WatchEvent("cut", start, start, start, 0, 0, 0, 0.9), step=start, now=1.0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def roster(clock: Clock) -> Roster:
    roster = Roster(clock)
    for name in ("door", "yard"):
        roster.add(spec(name))
    roster.begin("door")
    return roster


def states(roster: Roster) -> dict[str, str]:
    return {each.name: each.state for each in roster.look({})}


def test_a_camera_waits_starts_learns_and_is_missed(roster: Roster, clock: Clock) -> None:
    assert states(roster) == {"door": "starting", "yard": "waiting"}
    roster.take(Report(learning("door", frame=7)))
    door, yard = roster.look(FRAMES)
    assert (door.state, door.frame) == ("learning", 7)
    assert door.sight == Sight({"aspect": 1.0}, {"frame": b"f"})
    assert (yard.state, yard.directory, yard.text) == ("waiting", "runs/yard", "for 0.5 of a core")
    clock.now += MISSED + 1
    door = roster.look(FRAMES)[0]
    assert (door.state, door.frame, door.fps, door.sight) == ("starting", 7, 0.0, None)
    assert door.text.startswith("no sign of life for 6 s")
    roster.take(Report(learning("door", frame=5, token=2)))
    assert states(roster)["door"] == "learning"


def test_a_camera_that_never_said_a_word_is_told_from_one_that_starts(
    roster: Roster, clock: Clock
) -> None:
    clock.now += 60
    door = roster.look({})[0]
    assert (door.state, door.directory) == ("starting", "runs/door")
    assert "60 s; its process starts, or waits for a machine" in door.text


def test_a_late_word_of_a_process_that_was_replaced_is_not_taken(roster: Roster) -> None:
    roster.take(Report(learning("door", frame=5, token=2)))
    roster.take(Report(learning("door", frame=9, token=1), (seen(9),)))
    assert roster.look({})[0].frame == 5
    assert roster.events(0) == []
    roster.take(Report(learning("stranger"), (seen(1),)))
    assert [each.name for each in roster.look({})] == ["door", "yard"]


def test_pictures_are_asked_for_while_somebody_looks(roster: Roster, clock: Clock) -> None:
    assert roster.take(Report(learning("door"))).panels == ()
    assert roster.look({})[0].sight is None
    assert roster.take(Report(learning("door"))).panels == ()
    roster.look({"door": ["frame"]})
    clock.now += LOOKS_FOR / 2
    roster.look({"door": ["error"], "yard": ["frame"]})
    assert roster.take(Report(learning("door"))).panels == ("frame", "error")
    assert roster.look({"yard": ["frame"]})[0].sight is None, "others look at it"
    clock.now += LOOKS_FOR / 2
    assert roster.take(Report(learning("door"))).panels == ("error",)
    roster.forget("door")
    roster.add(spec("door"))
    roster.begin("door")
    assert roster.take(Report(learning("door"))).panels == ()


def test_of_many_cameras_each_tells_less_often_unless_somebody_looks(
    roster: Roster, clock: Clock
) -> None:
    assert roster.take(Report(learning("door"))).again == 1.0
    for number in range(4 * MOST_REPORTS - 1):
        roster.add(spec(f"camera-{number}"))
        roster.begin(f"camera-{number}")
    assert roster.take(Report(learning("door"))).again == 4.0
    clock.now += 4 * MISSED - 1
    assert roster.answers("door")
    roster.look({"door": ["frame"]})
    assert roster.take(Report(learning("door"))).again == 1.0
    clock.now += 4 * MISSED + 1
    assert "door" in roster.silent()


def test_events_have_the_names_of_their_cameras_and_numbers_without_a_gap(roster: Roster) -> None:
    roster.begin("yard")
    roster.take(Report(learning("door"), (seen(1), seen(2))))
    roster.take(Report(learning("yard"), (seen(3),)))
    told = [(each.number, each.camera, each.event["start"]) for each in roster.events(0)]
    assert told == [(1, "door", 1), (2, "door", 2), (3, "yard", 3)]
    assert [each.number for each in roster.events(2)] == [3]
    roster.take(Report(learning("yard"), tuple(seen(i) for i in range(KEPT_EVENTS + 10))))
    assert len(roster.events(0)) == KEPT_EVENTS
    assert roster.events(0)[-1].number == KEPT_EVENTS + 13


def test_metrics_stay_until_newer_ones_come(roster: Roster) -> None:
    samples = (("stream_ae_step", "", 3.0),)
    roster.take(Report(replace(learning("door"), samples=samples)))
    roster.take(Report(learning("door", frame=2)))
    assert roster.look({})[0].samples == samples


def test_who_has_ended_does_not_wait_and_holds_no_core(roster: Roster) -> None:
    roster.end(replace(learning("door"), state="stopped", text="the stream has ended"))
    assert [each.name for each in roster.waiting] == ["yard"]
    assert states(roster) == {"door": "stopped", "yard": "waiting"}
    assert roster.running == set()
    roster.add(spec("door"))
    assert [each.name for each in roster.waiting] == ["yard", "door"]
    roster.forget("door")
    assert states(roster) == {"yard": "waiting"}


def test_who_was_silent_for_long_is_not_asked(roster: Roster, clock: Clock) -> None:
    assert not roster.answers("door")
    roster.take(Report(learning("door")))
    assert roster.answers("door")
    assert (roster.token("door"), roster.token("yard")) == (1, 0)
    clock.now += MISSED + 1
    assert not roster.answers("door")
    assert not roster.answers("yard")
    assert roster.silent() == ["door"]
    roster.take(Report(learning("door")))
    assert roster.silent() == []


def test_what_a_change_gives_back_counts(roster: Roster) -> None:
    larger = Difference((), (), (spec("door", 1.5),))
    with pytest.raises(ConfigError, match=r"2 cores are needed, got 1.5: 0.5 are missing"):
        roster.check_room(larger, free=1.0)
    roster.check_room(larger, free=1.5)
    roster.check_room(Difference((spec("new"),), ("door",), ()), free=0.5)


def test_those_with_room_are_chosen_from_those_who_wait(roster: Roster) -> None:
    assert roster.admitted(free=0.4) == []
    assert roster.admitted(free=0.5) == [spec("yard")]


def test_who_shall_end_is_told_and_nobody_who_comes_after(roster: Roster) -> None:
    def told_to_stop(token: int) -> bool:
        return roster.take(Report(learning("door", token=token))).stop

    assert not told_to_stop(3)
    roster.stop("door")
    assert told_to_stop(3)
    assert told_to_stop(3), "an answer may be lost"
    assert not told_to_stop(0), "it waits to follow, or has just been started again"
    assert not told_to_stop(4)
    roster.begin("door")
    assert not told_to_stop(4)


def test_who_has_no_number_yet_can_be_told_to_end(roster: Roster) -> None:
    roster.stop("door")
    assert roster.take(Report(learning("door", token=0))).stop
    assert roster.take(Report(learning("door", token=1))).stop
    assert not roster.take(Report(learning("yard"))).stop
    roster.forget("door")
    assert not roster.take(Report(learning("door"))).stop


def test_who_was_told_to_end_by_a_hub_that_died_is_found(roster: Roster) -> None:
    def ends_unasked(token: int) -> bool:
        roster.take(Report(replace(learning("door", token=token), state="stopped")))
        return roster.ends_unasked("door")

    assert not roster.ends_unasked("door")
    assert ends_unasked(3)
    roster.stop("door")
    assert not ends_unasked(3), "this hub has asked"
    roster.begin("door")
    assert not ends_unasked(3), "a late word of the one before"
    assert ends_unasked(4)
    roster.forget("door")
    assert not ends_unasked(5)
