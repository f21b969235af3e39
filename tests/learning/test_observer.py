import pytest
from tests.support.steps import make_step

from stream_ae.learning.observer import Observer
from stream_ae.learning.step import PARTS, Step


class Counting(Observer):
    seen = 0

    def on_step(self, step: Step) -> None:
        self.seen += step.number


def test_an_observer_must_take_steps() -> None:
    with pytest.raises(TypeError, match="on_step"):
        Observer()  # type: ignore[abstract]


def test_closing_is_optional_and_time_counts_as_that_of_the_log() -> None:
    observer = Counting()
    observer.on_step(make_step(1))
    observer.on_step(make_step(2))
    observer.close()
    assert observer.seen == 3
    assert observer.part == "log"
    assert observer.part in PARTS
