import numpy as np
import pytest
from tests.support.happenings import FPS, Happenings

from stream_ae.detection.events.clock import Clock, Moment
from stream_ae.detection.events.presence import Presence, _is_rest
from stream_ae.detection.events.thing import Thing
from stream_ae.detection.findings import Foreground, SceneChange

STREAM = Happenings()


def watch(
    frames: range,
    *,
    presence: Presence | None = None,
    change: SceneChange | None = None,
    at: int = 0,
) -> list[tuple[str, int | None, int, int]]:
    """(kind, track, start, end) of what is told."""
    presence = Presence() if presence is None else presence
    clock = Clock()
    told: list[tuple[str, int | None, int, int]] = []
    for n in frames:
        elapsed, true = clock.advance(Moment(n, n / FPS)), STREAM.foreground(n)
        foreground = Foreground(
            true.mask, true.background, true.noise, change=change if n == at else None
        )
        events = presence.update(
            STREAM.frame(n), true.mask, foreground=foreground, clock=clock, elapsed=elapsed
        )
        told += [(event.kind, event.track, event.start, event.end) for event in events]
    return told


def test_somebody_who_walks_through_appears_and_leaves() -> None:
    assert watch(range(100, 300)) == [("appeared", 1, 162, 173), ("left", 1, 162, 259)]


def test_a_bag_is_left_behind_by_whom_it_came_with_and_removed_by_another() -> None:
    told = watch(range(140, 750))
    assert [(kind, track) for kind, track, *_ in told] == [
        ("appeared", 1),
        ("left", 1),
        ("appeared", 2),
        ("left_behind", 2),
        ("left", 2),
        ("appeared", 3),
        ("removed", 2),
        ("left", 3),
    ]


def test_nothing_is_missed_before_the_scene_is_known() -> None:
    assert "left_behind" not in [kind for kind, *_ in watch(range(300, 500))]


def test_a_cut_ends_what_is_in_view() -> None:
    told = watch(range(100, 260), change="cut", at=230)
    assert told[:2] == [("appeared", 1, 162, 173), ("left", 1, 162, 229)]


def test_a_switch_of_the_light_ends_nothing() -> None:
    told = watch(range(100, 300), change="light_switched", at=200)
    assert told == [("appeared", 1, 162, 173), ("left", 1, 162, 259)]


def test_nothing_appears_right_after_a_switch_of_the_light() -> None:
    told = watch(range(100, 300), change="light_switched", at=160)
    assert told == [("appeared", 1, 162, 198), ("left", 1, 162, 259)]


def test_a_picture_full_of_foreground_is_no_thing() -> None:
    presence, clock = Presence(), Clock()
    full = Foreground(np.ones((224, 224), bool), np.zeros((224, 224, 3), np.uint8), 1.0)
    for n in range(200):
        elapsed = clock.advance(Moment(n, n / FPS))
        frame = STREAM.frame(n + 160)
        assert not presence.update(frame, full.mask, foreground=full, clock=clock, elapsed=elapsed)
    assert presence.known == ()


def test_the_end_of_the_stream_ends_what_is_in_view() -> None:
    presence = Presence()
    watch(range(100, 220), presence=presence)
    assert [(event.kind, event.end) for event in presence.finish((224, 224))] == [("left", 219)]


@pytest.mark.parametrize("cut", [170, 250, 390, 640])
def test_a_restored_one_goes_on_as_the_first(cut: int) -> None:
    one, other = Presence(), Presence()
    watch(range(140, cut), presence=one)
    other.load_state_dict(one.state_dict())
    rest = range(cut, cut + 120)
    assert watch(rest, presence=other) == watch(rest, presence=one) != []


NOW = Moment(1, 0.0)
COMING = Thing(1, 0, (0, 0, 4, 4), (0, 0, 4, 4), 16, 16.0, NOW, NOW, NOW, NOW, 16, (0, 0, 4, 4))


@pytest.mark.parametrize(
    ("within", "owner", "is_rest"),
    [
        ((0.9, 0.0), None, True),  # an empty place that shows again is nothing new
        ((0.9, 0.0), COMING, True),
        ((0.9, 0.0), COMING._replace(number=3), False),  # it passes before the empty place
        ((0.4, 0.0), COMING, False),
        ((0.0, 0.9), COMING._replace(number=3), True),
    ],
)
def test_what_layers_show_is_no_thing_that_comes(
    within: tuple[float, float], owner: Thing | None, is_rest: bool
) -> None:
    assert _is_rest(within, owner) is is_rest
