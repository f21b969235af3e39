from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.errors import SourceLostError
from stream_ae.frame import Event, Frame
from stream_ae.sources.attempts import GaveUpError
from stream_ae.sources.base import Source
from stream_ae.sources.decoder import Decoded
from stream_ae.sources.playback import LONGEST_GAP, Playback

DAMAGE = Event("decode_error", "a packet was not decoded")


class Shown(Decoded):
    """A picture of which only the time is known."""

    def __init__(self, moment: float | None) -> None:
        self.time = moment


def shown(*times: float | None) -> list[Decoded | Event]:
    """Pictures whose clock says that."""
    return [Shown(moment) for moment in times]


class Viewer(Source):
    """A source whose time passes only while it waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__("here", live=True)
        self.now = 0.0
        monkeypatch.setattr("time.monotonic", lambda: self.now)

    def read(self, start: int) -> Iterator[Frame]:
        raise NotImplementedError

    def pause(self, seconds: float) -> bool:
        self.now += max(seconds, 0.0)
        return False


def when(items: list[Decoded | Event], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When each of them is given."""
    viewer = Viewer(monkeypatch)
    return [round(viewer.now, 6) for _ in Playback(viewer).play(items)]


def test_pictures_come_at_their_own_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    assert when(shown(5.0, 5.1, 5.3, 5.4), monkeypatch) == [0, 0.1, 0.3, 0.4]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((0.0, 0.1, 0.2, 0.0, 0.1), [0, 0.1, 0.2, 0.3, 0.4]),  # joined recordings
        ((-2.0, -1.9, 95443.0, 95443.1), [0, 0.1, 0.2, 0.3]),  # 33 bits are used up
        ((0.0, 3.0, 3.1), [0, LONGEST_GAP, LONGEST_GAP + 0.1]),  # nobody waits for long
        ((None, None, None), [0, 0.04, 0.08]),
        ((0.0, 0.1, None, 0.3), [0, 0.1, 0.2, 0.3]),
    ],
)
def test_jumps_of_the_clock_are_no_waits_and_lose_nothing(
    monkeypatch: pytest.MonkeyPatch, times: tuple[float | None, ...], expected: list[float]
) -> None:
    assert when(shown(*times), monkeypatch) == expected


@given(times=st.lists(st.none() | st.floats(-1e6, 1e6), max_size=30))
def test_each_picture_is_given_whatever_the_clock_says(times: list[float | None]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        items = shown(*times)
        assert list(Playback(Viewer(monkeypatch)).play(items)) == items


@given(
    breaks=st.lists(st.integers(0, 12), max_size=5),
    times=st.lists(st.floats(-100, 100), min_size=12, max_size=12),
)
def test_over_several_connections_each_picture_is_given_once(
    breaks: list[int], times: list[float]
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        played = Playback(Viewer(monkeypatch))
        items = shown(*times)
        items.insert(5, DAMAGE)
        given = [item for end in (*breaks, 13) for item in played.play(items[:end])]
    assert given == items


def test_a_recording_that_ends_too_early_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Playback(Viewer(monkeypatch))
    assert len(list(played.play(shown(*range(6))))) == 6
    played.check_end(0.0)  # nothing is stated
    played.check_end(6.0)  # the last picture is shown for a second
    for _ in range(2):
        with pytest.raises(SourceLostError, match=r"ended after 5\.0 of 9\.0 s"):
            played.check_end(9.0)
    with pytest.raises(GaveUpError):
        played.check_end(9.0)


def test_progress_is_a_reason_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Playback(Viewer(monkeypatch))
    for end in range(2, 8):
        assert len(list(played.play(shown(*range(end))))) > 0
        with pytest.raises(SourceLostError) as caught:
            played.check_end(90.0)
        assert not isinstance(caught.value, GaveUpError)
