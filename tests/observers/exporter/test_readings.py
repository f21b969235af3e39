import math
import threading
from collections import defaultdict

import pytest
from tests.support.findings import make_event, make_findings, make_frame
from tests.support.steps import make_step

from stream_ae.detection.findings import Box, Track
from stream_ae.frame import Event
from stream_ae.observers.exporter.families import FAMILIES
from stream_ae.observers.exporter.readings import PATIENCE, STATES, Readings


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def numbers(readings: Readings) -> dict[str, float]:
    return {name: value for name, label, value in readings.samples() if not label}


def labelled(readings: Readings, name: str) -> dict[str, float]:
    return {label: value for each, label, value in readings.samples() if each == name}


def state(readings: Readings) -> str:
    (name,) = (n for n, on in labelled(readings, "stream_ae_source_state").items() if on)
    return name


def test_before_the_first_frame_there_are_counts_and_no_means() -> None:
    readings = Readings()
    found = numbers(readings)
    assert found["stream_ae_frames_total"] == found["stream_ae_ready"] == 0
    assert state(readings) == "connecting"
    assert readings.trouble() == "no frame has come yet"
    assert not {"stream_ae_loss_mse", "stream_ae_last_frame_age_seconds"} & set(found)
    assert not {"stream_ae_checkpoint_age_seconds", "stream_ae_things_in_view"} & set(found)


def test_means_are_those_of_the_newest_50_frames() -> None:
    readings = Readings()
    for number in range(1, 61):
        readings.on_step(make_step(number, mse=number / 100, ssim=0.5 if number == 60 else None))
    found = numbers(readings)
    assert found["stream_ae_loss_mse"] == pytest.approx(0.355)  # of 0.11 to 0.60
    assert found["stream_ae_loss_ssim"] == 0.5
    assert found["stream_ae_step"] == found["stream_ae_frames_total"] == 60


def test_a_resumed_run_counts_what_this_process_did() -> None:
    readings = Readings()
    readings.on_step(make_step(7001, dropped=3))
    readings.on_step(make_step(7002, dropped=1, learned=False))
    found = numbers(readings)
    assert found["stream_ae_step"] == 7002
    assert found["stream_ae_frames_total"] == 2
    assert found["stream_ae_frames_learned_total"] == 1
    assert found["stream_ae_frames_dropped_total"] == 4


def test_time_by_part_is_in_seconds_and_only_grows() -> None:
    readings = Readings()
    for number in (1, 2):
        readings.on_step(make_step(number, seconds={"forward": 0.004, "own": 0.001}))
    parts = labelled(readings, "stream_ae_part_seconds_total")
    assert parts["forward"] == pytest.approx(0.008)
    assert parts["own"] == pytest.approx(0.002)
    assert parts["backward"] == 0.0
    assert numbers(readings)["stream_ae_frames_per_second"] == pytest.approx(200.0)


def test_events_are_counted_by_kind_from_zero_on() -> None:
    readings = Readings()
    assert labelled(readings, "stream_ae_events_total")["reconnected"] == 0
    readings.on_event(Event("cannot_write", "disk full"))
    readings.on_step(make_step(1, events=[("reconnected", "back"), ("dropped", "3")]))
    counts = labelled(readings, "stream_ae_events_total")
    assert {kind: count for kind, count in counts.items() if count} == {
        "cannot_write": 1,
        "reconnected": 1,
        "dropped": 1,
    }


def test_what_is_found_is_there_once_something_is_watched() -> None:
    readings = Readings()
    track = Track(1, Box(0, 0, 0.5, 0.5), 1)
    for number, novelty in enumerate((0.25, math.nan, 0.75), start=1):
        event = make_event("appeared", start=number)
        found = make_findings(number, novelty=novelty, covered=20, tracks=(track,), events=(event,))
        readings.found.on_findings(found, make_frame(number))
    found_numbers = numbers(readings)
    assert found_numbers["stream_ae_things_in_view"] == 1
    assert found_numbers["stream_ae_novelty_highest"] == 0.75
    assert found_numbers["stream_ae_change_novelty"] == 0.5
    assert found_numbers["stream_ae_change_foreground"] == 0.25
    counts = labelled(readings, "stream_ae_events_total")
    assert counts["appeared"] == 3
    assert counts["left_behind"] == 0


def test_ages_count_from_the_last_frame_and_the_last_state() -> None:
    clock = Clock()
    readings = Readings(lambda: 990.0, clock=clock)
    readings.on_step(make_step(1))
    clock.now += 3.0
    found = numbers(readings)
    assert found["stream_ae_last_frame_age_seconds"] == 3.0
    assert found["stream_ae_checkpoint_age_seconds"] == 13.0


def test_a_run_is_ready_while_frames_arrive() -> None:
    clock = Clock()
    readings = Readings(clock=clock)
    readings.on_step(make_step(1))
    assert (state(readings), readings.trouble()) == ("live", None)
    clock.now += PATIENCE + 1
    assert (state(readings), readings.trouble()) == ("stalled", "no frame has come for 11 s")
    assert numbers(readings)["stream_ae_frames_per_second"] == 0.0
    readings.on_event(Event("source_lost", "connection refused"))
    assert (state(readings), readings.trouble()) == (
        "lost",
        "the source is lost: connection refused",
    )
    readings.on_step(make_step(2))
    assert (state(readings), readings.trouble()) == ("live", None)


def test_a_stream_of_few_frames_is_waited_for_longer() -> None:
    clock = Clock()
    readings = Readings(clock=clock)
    for number in range(1, 4):
        readings.on_step(make_step(number, seconds={"read": 60.0}))
    clock.now += 299.0
    assert state(readings) == "live"
    clock.now += 2.0
    assert state(readings) == "stalled"


def test_samples_of_a_metric_come_together_and_are_known() -> None:
    readings = Readings(lambda: 0.0)
    readings.on_step(make_step(1, overshoot=0.0, update_ratio=0.01))
    readings.found.on_findings(make_findings(1), make_frame(1))
    names = [name for name, _, _ in readings.samples()]
    together = [name for name, before in zip(names, ["", *names], strict=False) if name != before]
    assert len(together) == len(set(together))
    assert set(together) | {"stream_ae_optim_effective_step"} == set(FAMILIES)
    labels = defaultdict(set)
    for name, label, _ in readings.samples():
        labels[name].add(bool(label))
    assert all(given == {FAMILIES[name].label is not None} for name, given in labels.items())
    assert set(labelled(readings, "stream_ae_source_state")) == set(STATES)


def test_another_thread_may_read_at_any_time() -> None:
    readings, ended = Readings(), threading.Event()
    failures: list[Exception] = []

    def read() -> None:
        while not ended.is_set():
            try:
                numbers(readings)
            except Exception as error:  # noqa: BLE001 - told in the test's own thread
                failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    step = make_step(1, seconds={"forward": 0.001})
    for number in range(3000):
        readings.on_step(step)
        readings.found.on_findings(make_findings(number), make_frame(number))
    ended.set()
    reader.join()
    assert failures == []
