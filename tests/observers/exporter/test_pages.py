from http import HTTPStatus

from tests.support.steps import make_step

from stream_ae.frame import Event
from stream_ae.observers.exporter.pages import ALIVE, METRICS, READY, Pages


class Saved:
    saved_at: float | None = None
    failure = ""


class Learns:
    def __init__(self, *, frozen: bool = False) -> None:
        self.frozen = frozen


def test_a_process_that_starts_lives_and_is_not_ready() -> None:
    pages = Pages({"source": "scene:street"})
    assert pages.page(ALIVE).status == HTTPStatus.OK
    assert pages.page(READY)[::2] == (HTTPStatus.SERVICE_UNAVAILABLE, b"the run is starting\n")
    text = pages.page(METRICS).body.decode()
    assert 'stream_ae_run_info{source="scene:street"} 1.0\n' in text
    assert "stream_ae_frames_total" not in text


def test_it_is_ready_with_its_first_frame() -> None:
    pages = Pages({})
    readings = pages.begin(Saved(), Learns())
    assert pages.page(READY).body == b"no frame has come yet\n"
    readings.on_step(make_step(1))
    assert pages.page(READY)[::2] == (HTTPStatus.OK, b"ready\n")
    assert b"\nstream_ae_frames_total 1.0\n" in pages.page(METRICS).body


def test_the_reason_is_one_line() -> None:
    pages = Pages({})
    readings = pages.begin(Saved(), Learns())
    readings.on_step(make_step(1))
    readings.on_event(Event("source_lost", "gone:\r\n  no route\n"))
    assert pages.page(READY).body == b"the source is lost: gone: no route\n"
    assert pages.page(ALIVE).status == HTTPStatus.OK


def test_the_age_of_the_state_is_asked_when_it_is_shown() -> None:
    pages, saved = Pages({}), Saved()
    pages.begin(saved, Learns())
    assert b"checkpoint_age" not in pages.page(METRICS).body
    saved.saved_at = 0.0
    assert b"\nstream_ae_checkpoint_age_seconds " in pages.page(METRICS).body


def test_other_paths_say_what_there_is() -> None:
    pages = Pages({})
    assert pages.page("/")[::2] == (
        HTTPStatus.OK,
        b"/metrics, /healthz and /readyz are here\n",
    )
    assert pages.page("/metrics/../etc").status == HTTPStatus.NOT_FOUND


def test_a_run_whose_learning_was_paused_is_not_ready() -> None:
    pages, learner = Pages({}), Learns()
    pages.begin(Saved(), learner).on_step(make_step(1))
    learner.frozen = True
    assert pages.page(READY)[::2] == (HTTPStatus.SERVICE_UNAVAILABLE, b"learning is paused\n")
    text = pages.page(METRICS).body
    assert b"\nstream_ae_ready 0.0\n" in text
    assert b'\nstream_ae_source_state{state="live"} 1.0\n' in text
    learner.frozen = False
    assert pages.page(READY).status == HTTPStatus.OK


def test_a_run_that_only_watches_is_ready() -> None:
    pages = Pages({})
    pages.begin(Saved(), Learns(frozen=True)).on_step(make_step(1, learned=False))
    assert pages.page(READY).status == HTTPStatus.OK
