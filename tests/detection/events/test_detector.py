import io

import numpy as np
import pytest
import torch
from tests.support.happenings import EXPECTED, FLIGHT, FPS, LENGTH, Happenings

from stream_ae.detection.events import EventDetector, Zone
from stream_ae.detection.findings import Box, WatchEvent
from stream_ae.detection.foreground import ForegroundDetector
from stream_ae.detection.novelty import NoveltyDetector

STREAM = Happenings()


def watch(detector: EventDetector, frames: range) -> list[WatchEvent]:
    return [
        event
        for n in frames
        for event in detector.update(
            STREAM.frame(n),
            number=n,
            time=n / FPS,
            foreground=STREAM.foreground(n),
            novelty=STREAM.novelty(n),
        )
    ]


def watch_all(detector: EventDetector) -> list[WatchEvent]:
    """What is told by all three detectors together."""
    foreground, novelty = ForegroundDetector(absorb=60.0), NoveltyDetector()
    told: list[WatchEvent] = []
    for n in range(1, LENGTH + 1):
        rgb, time = STREAM.frame(n), n / FPS
        found = foreground.update(rgb, time=time, is_first=n == 1)
        rare = novelty.update(rgb, foreground=found, time=time, is_first=n == 1)
        told += detector.update(rgb, number=n, time=time, foreground=found, novelty=rare)
    return told


@pytest.mark.slow
@pytest.mark.parametrize("is_perfect", [True, False])
def test_everything_that_happens_is_told_once_within_ten_frames(is_perfect: bool) -> None:
    detector = EventDetector()
    told = watch(detector, range(1, LENGTH + 1)) if is_perfect else watch_all(detector)
    told += detector.finish()
    assert sorted(event.kind for event in told) == sorted(kind for kind, _ in EXPECTED)
    for kind, start in EXPECTED:
        nearest = min((e for e in told if e.kind == kind), key=lambda e: abs(e.start - start))
        assert abs(nearest.start - start) <= 10, kind


def test_an_event_says_when_and_where() -> None:
    told = watch(EventDetector(), range(100, 300))
    left = next(event for event in told if event.kind == "left")
    assert (left.start, left.end, left.track, left.zone) == (162, 259, 1, None)
    assert (left.start_time, left.end_time, left.peak_time) == (162 / 25, 259 / 25, left.peak / 25)
    assert left.box is not None
    assert left.box.height == pytest.approx(100 / 224, abs=0.02)
    assert left.score > 0.8


def test_tracks_are_the_things_in_view() -> None:
    detector = EventDetector()
    watch(detector, range(100, 200))
    [track] = detector.tracks
    assert (track.number, track.start, track.is_still) == (1, 162, False)
    assert track.box.y == pytest.approx(90 / 224)
    watch(detector, range(200, 300))
    assert detector.tracks == ()


def zone(left: float, right: float, *, is_ignored: bool = False) -> Zone:
    corners = ((left, 0.0), (right, 0.0), (right, 1.0), (left, 1.0))
    return Zone(f"from {left}", corners, is_ignored=is_ignored)


def test_a_zone_tells_when_somebody_enters_and_leaves_it() -> None:
    told = watch(EventDetector(zones=[zone(0.5, 1.0)]), range(100, 300))
    assert [(event.kind, event.zone) for event in told] == [
        ("appeared", "from 0.5"),
        ("left", "from 0.5"),
    ]
    assert told[0].start == pytest.approx(160 + 114 / 2.44, abs=4)


def test_what_is_ignored_is_not_told() -> None:
    ignored = [zone(0.0, 1.0, is_ignored=True)]
    assert watch(EventDetector(zones=ignored), range(100, 300)) == []
    flight = watch(EventDetector(zones=ignored), range(FLIGHT.start, FLIGHT.stop + 60))
    assert flight == []


def test_what_is_novel_has_a_place() -> None:
    told = watch(EventDetector(), range(FLIGHT.start - 60, FLIGHT.stop + 60))
    novel = next(event for event in told if event.kind == "novel")
    assert novel.box == Box(0, 3 / 20, 1 / 30, 1 / 20)
    assert (novel.start, novel.score) == (FLIGHT.start, 0.999)


@pytest.mark.parametrize("cut", [200, 380])
def test_a_restored_detector_goes_on_bit_for_bit(cut: int) -> None:
    one, other = EventDetector(), EventDetector()
    watch(one, range(150, cut))
    file = io.BytesIO()
    torch.save(one.state_dict(), file)
    file.seek(0)
    other.load_state_dict(torch.load(file, weights_only=True))
    rest = range(cut, cut + 110)
    assert watch(other, rest) == watch(one, rest) != []
    assert other.tracks == one.tracks


def test_a_state_without_pixels_goes_on_nearly_so() -> None:
    one, other = EventDetector(), EventDetector()
    watch(one, range(150, 450))
    state = one.state_dict()
    assert state["pixels"].keys() == {"anchor", "memory", "before"}
    other.load_state_dict({**state, "pixels": None})
    rest = [watch(detector, range(450, 740)) for detector in (other, one)]
    assert [event.kind for event in rest[0]] == [event.kind for event in rest[1]] != []


def test_timestamps_that_stand_still_change_nothing() -> None:
    detector = EventDetector()
    told: list[WatchEvent] = []
    for n in range(100, 300):
        told += detector.update(
            STREAM.frame(n),
            number=n,
            time=0.0,
            foreground=STREAM.foreground(n),
            novelty=STREAM.novelty(n),
        )
    assert [event.kind for event in told] == ["appeared", "left"]


def test_masks_of_another_size_work() -> None:
    detector = EventDetector()
    told: list[WatchEvent] = []
    for n in range(100, 300):
        true = STREAM.foreground(n)
        half = type(true)(
            np.ascontiguousarray(true.mask[::2, ::2]),
            np.ascontiguousarray(true.background[::2, ::2]),
            true.noise,
        )
        rgb = np.ascontiguousarray(STREAM.frame(n)[::2, ::2])
        told += detector.update(
            rgb, number=n, time=n / FPS, foreground=half, novelty=STREAM.novelty(n)
        )
    assert [event.kind for event in told] == ["appeared", "left"]
