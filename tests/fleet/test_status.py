import pickle

from stream_ae.detection.findings import WatchEvent
from stream_ae.fleet.status import CameraStatus, NamedEvent, Report, Sight
from stream_ae.observers.event_record import event_record


def test_a_report_travels() -> None:
    seen = event_record(WatchEvent("cut", 3, 3, 3, 0.1, 0.1, 0.1, 0.9), step=5, now=12.0)
    sight = Sight({"number": 5}, {"frame": b"\xff\xd8"})
    status = CameraStatus("door", "learning", frame=5, last_event=seen, sight=sight)
    report = Report(status, (seen,))
    assert pickle.loads(pickle.dumps(report)) == report
    assert NamedEvent(1, "door", seen).event["kind"] == "cut"


def test_a_camera_that_has_said_nothing_has_no_numbers() -> None:
    status = CameraStatus("door", "waiting")
    assert (status.frame, status.novelty, status.things, status.sight) == (0, None, None, None)
