from dataclasses import replace

from tests.support.staged_wall import FLEET, learning
from tests.support.steps import make_step

from stream_ae.fleet.metrics import FleetPages
from stream_ae.fleet.status import CameraStatus
from stream_ae.observers.exporter.readings import Readings


def _text(*cameras: CameraStatus) -> str:
    pages = FleetPages({"fleet": "shop"})
    pages.cameras = cameras
    return pages.page("/metrics").body.decode()


def test_all_that_a_run_exports_has_the_name_of_its_camera() -> None:
    readings = Readings(lambda: 0.0)
    readings.on_step(make_step(3, mse=0.25))
    samples = tuple(readings.samples())
    cameras = [replace(learning(name), samples=samples) for name in ("door", "yard")]
    text = _text(*cameras)
    for name, label, _ in samples:
        for camera in ("door", "yard"):
            lines = [line for line in text.splitlines() if line.startswith(f"{name}{{")]
            assert any(f'camera="{camera}"' in line and f'"{label}"' in line for line in lines) or (
                not label and any(f'camera="{camera}"' in line for line in lines)
            )
        assert text.count(f"# TYPE {name.removesuffix('_total')}") == 1 or "_total" in name
    assert 'stream_ae_loss_mse{camera="yard"} 0.25' in text


def test_what_a_camera_told_last_does_not_outlive_its_process() -> None:
    samples = (("stream_ae_ready", "", 1.0), ("stream_ae_frames_total", "", 9.0))
    gone = replace(learning("door"), state="starting", samples=samples)
    text = _text(gone, *FLEET[4:])
    assert 'stream_ae_ready{camera="door"} 0.0' in text
    assert "stream_ae_frames_total" not in text
    assert 'stream_ae_camera_state{camera="roof",state="failed"} 1.0' in text
    assert 'stream_ae_camera_state{camera="roof",state="learning"} 0.0' in text


def test_the_port_says_what_is_there() -> None:
    pages = FleetPages({"fleet": "shop"})
    assert pages.page("/healthz").body == b"alive\n"
    assert (pages.page("/").status, pages.page("/x").status) == (200, 404)
    assert 'stream_ae_run_info{fleet="shop"} 1.0' in pages.page("/metrics").body.decode()
