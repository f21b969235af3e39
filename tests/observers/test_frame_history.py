import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.observers.frame_history import LEVELS, PER_LEVEL, FrameHistory, Shot


def _filled(frames: int) -> FrameHistory:
    history = FrameHistory()
    for number in range(1, frames + 1):
        history.add(Shot(number, np.zeros((1, 1, 3), np.uint8), {}))
    return history


def _kept(frames: int) -> list[int]:
    history = _filled(frames)
    nearest = [history.nearest(number) for number in range(1, frames + 1)]
    return sorted({shot.number for shot in nearest if shot is not None})


def test_nothing_is_near_where_there_is_nothing() -> None:
    assert FrameHistory().nearest(1) is None


def test_the_last_frames_are_all_there() -> None:
    assert _kept(5) == [1, 2, 3, 4, 5]
    assert _kept(5000)[-PER_LEVEL:] == list(range(5001 - PER_LEVEL, 5001))


def test_it_never_grows() -> None:
    assert len(_kept(2000)) == LEVELS * PER_LEVEL


@given(frames=st.integers(600, 1500), back=st.integers(0, 400))
def test_what_is_far_back_is_missed_by_little(frames: int, back: int) -> None:
    shot = _filled(frames).nearest(frames - back)
    assert shot is not None
    assert abs(shot.number - (frames - back)) <= max(0, back / PER_LEVEL)
