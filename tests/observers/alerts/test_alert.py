import json

from tests.support.findings import make_event, make_findings

from stream_ae.detection.findings import Findings
from stream_ae.observers.alerts.alert import alerts


def two_events() -> Findings:
    events = (make_event("cut", start=7, box=None, track=None), make_event("appeared", start=5))
    return make_findings(7, events=events)


def test_an_alert_is_the_record_with_its_number_and_source() -> None:
    first, second = alerts(two_events(), source="door", run="a")
    values = json.loads(first.body)
    assert list(values)[:4] == ["id", "source", "step", "time"]
    assert (values["id"], values["source"], values["step"], values["kind"]) == (
        first.id,
        "door",
        7,
        "cut",
    )
    assert json.loads(second.body)["kind"] == "appeared"
    assert len(first.id) == 32


def test_an_event_that_is_told_again_has_the_same_number() -> None:
    first = [alert.id for alert in alerts(two_events(), source="door", run="a")]
    again = [alert.id for alert in alerts(two_events(), source="door", run="a")]
    assert first == again
    assert len(set(first)) == 2


def test_another_run_another_stream_and_another_event_have_others() -> None:
    (one,) = alerts(make_findings(events=(make_event(),)), source="door", run="a")
    (run,) = alerts(make_findings(events=(make_event(),)), source="door", run="b")
    (stream,) = alerts(make_findings(events=(make_event(),)), source="gate", run="a")
    (later,) = alerts(make_findings(events=(make_event(start=2),)), source="door", run="a")
    assert len({one.id, run.id, stream.id, later.id}) == 4
