import pytest
from tests.support.steps import make_step

from stream_ae.learning.observer import Observer
from stream_ae.learning.step import PARTS


def test_an_observer_must_look():
    with pytest.raises(TypeError, match="on_step"):
        Observer()


def test_closing_is_optional_and_time_is_booked_under_a_known_part():
    class Counting(Observer):
        seen = 0

        def on_step(self, step):
            self.seen += step.number

    observer = Counting()
    observer.on_step(make_step(1))
    observer.on_step(make_step(2))
    assert observer.close() is None
    assert observer.seen == 3
    assert observer.part in PARTS
