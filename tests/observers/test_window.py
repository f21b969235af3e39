from collections.abc import Iterable

import pytest
from tests.support.steps import make_step

from stream_ae.learning.step import PARTS
from stream_ae.observers.memory import peak_rss_mib
from stream_ae.observers.window import WINDOW, Window

Means = tuple[int, dict[str, float]]
"""What a window gives: the number of its last frame, and the means."""


def windows(numbers: Iterable[int], length: int = 3) -> tuple[list[Means], Means | None]:
    window = Window(length)
    done = [window.add(make_step(number, mse=float(number))) for number in numbers]
    return [each for each in done if each is not None], window.take()


def test_windows_end_at_multiples_of_their_length() -> None:
    done, rest = windows(range(1, 8))
    assert [(number, means["loss/mse"]) for number, means in done] == [(3, 2.0), (6, 5.0)]
    assert rest is not None
    assert (rest[0], rest[1]["loss/mse"]) == (7, 7.0)


def test_a_resumed_window_ends_where_the_others_do() -> None:
    done, rest = windows(range(3, 7))
    assert [(number, means["loss/mse"]) for number, means in done] == [(3, 3.0), (6, 5.0)]
    assert rest is None


def test_a_window_averages_only_what_was_measured() -> None:
    window = Window(2)
    window.add(make_step(1, ssim=None))
    complete = window.add(make_step(2, ssim=0.5))
    assert complete is not None
    number, means = complete
    assert number == 2
    assert means["loss/ssim"] == 0.5
    assert "optim/overshoot" not in means


def test_a_window_says_how_fast_and_how_large() -> None:
    window = Window(2)
    window.add(make_step(1, part_seconds=0.001))
    complete = window.add(make_step(2, part_seconds=0.003))
    assert complete is not None
    _, means = complete
    assert means["speed/fps"] == pytest.approx(1 / (0.002 * len(PARTS)))
    assert 1 < means["speed/memory_mib"] <= peak_rss_mib()


def test_the_speed_of_a_window_counts_every_second_whatever_its_part() -> None:
    window = Window(2)
    window.add(make_step(1, seconds={"forward": 0.1, "export": 0.2}))
    complete = window.add(make_step(2, seconds={"forward": 0.1}))
    assert complete is not None
    _, means = complete
    assert means["speed/fps"] == pytest.approx(2 / 0.4)
    assert means["speed/export_ms"] == pytest.approx(200)
    assert "speed/read_ms" not in means
    window.add(make_step(3, seconds={"forward": 0.5}))
    rest = window.take()
    assert rest is not None
    assert rest[1]["speed/fps"] == pytest.approx(2)  # nothing of the window before is left


def test_a_window_without_time_has_no_speed() -> None:
    window = Window(1)
    complete = window.add(make_step(1, seconds={}))
    assert complete is not None
    assert "speed/fps" not in complete[1]


def test_an_empty_window_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 frame, got 0"):
        Window(0)


def test_a_window_has_fifty_frames_unless_said_otherwise() -> None:
    window = Window()
    points = [number for number in range(1, 101) if window.add(make_step(number))]
    assert points == [WINDOW, 2 * WINDOW] == [50, 100]
