import base64
import html
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Unpack

import pytest
from tests.support.page import Page
from tests.support.runs import FACTS, write_run
from tests.support.steps import Events, StepOptions

from stream_ae.errors import CheckpointError, MissingExtraError
from stream_ae.observers.filmstrip import Filmstrip
from stream_ae.reports.html import EVENTS_SHOWN, write_report


def _report(
    directory: Path,
    *,
    frames: int,
    facts: Mapping[str, object] = FACTS,
    **step: Unpack[StepOptions],
) -> Page:
    filmstrip = Filmstrip()
    write_run(directory, frames=frames, facts=facts, observers=[filmstrip], **step)
    path = write_report(directory, filmstrip=filmstrip)
    assert path == directory / "report.html"
    return Page(path)


def test_tells_how_well_the_stream_was_learned(tmp_path: Path) -> None:
    page = _report(tmp_path, frames=120, mse=0.25, copy=0.5, ssim=0.75, changed=256)
    assert "scene:street" in page.text
    assert "error was 0.250 over the whole stream and 0.250 over its last 50 frames" in page.text
    assert "before would have given 0.500, the mean of all earlier frames 0.500" in page.text
    for tile in (
        "Frames 120 120 learned",
        "Structural similarity 0.750 last 50 frames",
        "Against a copy of the last frame 0.50 × its error; below 1 is better",
        "Changed pixels 25 % mean of the stream",
    ):
        assert tile in page.text


def test_draws_every_curve_that_there_is(tmp_path: Path) -> None:
    page = _report(tmp_path, frames=120, overshoot=1.0)
    assert page.tags.count("svg") == 6
    titles = re.findall(r"<title>(.*?)</title>", page.source)[1:]
    assert titles == [
        "Mean squared error",
        "Structural similarity",
        "Detail loss",
        "Change",
        "Update",
        "Speed",
    ]


def test_leaves_out_a_curve_that_was_never_measured(tmp_path: Path) -> None:
    page = _report(tmp_path, frames=60, overshoot=None, ssim=None)
    assert page.tags.count("svg") == 4
    assert "Structural similarity – last 50 frames" in page.text


def test_shows_the_images_in_the_order_of_the_stream(tmp_path: Path) -> None:
    filmstrip = Filmstrip()
    write_run(tmp_path, frames=12, observers=[filmstrip])
    page = Page(write_report(tmp_path, filmstrip=filmstrip))
    expected = [
        f"data:image/jpeg;base64,{base64.b64encode(snapshot.jpeg).decode()}"
        for snapshot in filmstrip.snapshots
    ]
    assert page.addresses == [expected[-1], *expected]
    assert [int(n) for n in re.findall(r"Frame (\d+) ·", page.text)] == [1, 2, 5, 10]


def test_fetches_nothing(tmp_path: Path) -> None:
    page = _report(tmp_path, frames=60)
    assert "script" not in page.tags
    assert all(address.startswith("data:image/jpeg;base64,") for address in page.addresses)
    assert "default-src 'none'" in page.source
    without_namespaces = re.sub(r'xmlns(:\w+)?="[^"]*"', "", page.source)
    assert not re.search(r"https?://|@import|url\((?!#)", without_namespaces)


def test_a_private_run_has_no_image_and_says_so(tmp_path: Path) -> None:
    page = Page(write_report(write_run(tmp_path, frames=60)))
    assert "img" not in page.tags
    assert "This run is private" in page.text


def test_one_frame_is_enough(tmp_path: Path) -> None:
    page = _report(tmp_path, frames=1, ssim=None, copy=None)
    assert "Against the mean of all frames –" in page.text
    assert "Copying the frame before" not in page.text
    assert "Frame 1 ·" in page.text


def test_a_baseline_that_is_perfect_is_not_compared_with(tmp_path: Path) -> None:
    page = _report(tmp_path, frames=2, copy=0.0)
    assert "Against a copy of the last frame – no error to compare with" in page.text
    assert "before would have given 0.00, the mean of all earlier frames 0.00" in page.text


def test_a_part_of_a_run_without_a_frame_still_has_a_report(tmp_path: Path) -> None:
    write_run(tmp_path, frames=1)
    (tmp_path / "metrics.jsonl").write_text("")
    page = Page(write_report(tmp_path, filmstrip=Filmstrip()))
    assert "There is no curve" in page.text
    assert "There is no image: this part of the run learned no frame" in page.text


def test_lists_what_happened_on_the_way(tmp_path: Path) -> None:
    page = _report(tmp_path, frames=3, events=[("decode_error", "packet 7 is broken")])
    assert page.text.count("decode error packet 7 is broken") == 3
    assert "started" not in page.text


def test_lists_only_the_last_of_many_events(tmp_path: Path) -> None:
    page = _report(tmp_path, frames=100, events=[("loop", "once more")])
    assert page.text.count("loop once more") == EVENTS_SHOWN
    assert f"The last {EVENTS_SHOWN} of 100 events" in page.text
    assert "71 loop once more" in page.text
    assert "70 loop once more" not in page.text
    assert page.source.count("stroke: var(--red)") == EVENTS_SHOWN, "each is marked in the chart"


def test_nothing_happened_is_not_worth_a_heading(tmp_path: Path) -> None:
    assert "What happened" not in _report(tmp_path, frames=3).text


def test_the_time_of_every_part_is_shown(tmp_path: Path) -> None:
    page = _report(tmp_path, frames=10, part_seconds=0.002)
    for part in ("read", "forward", "checkpoint"):
        assert f"{part} 2.00 11.1 %" in page.text
    assert page.source.count('style="width: 100.0%"') == 9


def test_the_part_of_an_own_observer_is_shown(tmp_path: Path) -> None:
    page = _report(tmp_path, frames=10, seconds={"forward": 0.006, "export": 0.002})
    assert "forward 6.00 75.0 %" in page.text
    assert "export 2.00 25.0 %" in page.text
    assert "read 0.00 0.0 %" in page.text
    assert 'style="width: 33.3%"' in page.source


def test_says_how_to_look_further(tmp_path: Path) -> None:
    directory = tmp_path / "a run"
    page = _report(directory, frames=1)
    assert f"tensorboard --logdir '{directory}'" in page.text
    assert f"stream-ae train --run-dir '{directory}' --resume" in page.text


def test_an_address_with_a_password_is_named_again(tmp_path: Path) -> None:
    page = _report(tmp_path, frames=1, facts={**FACTS, "source": "rtsp://me:***@camera/live"})
    assert f"stream-ae train 'rtsp://me:***@camera/live' --run-dir {tmp_path} --resume" in page.text


def test_a_file_whose_name_is_no_text_has_a_report(tmp_path: Path) -> None:
    page = _report(tmp_path, frames=1, facts={**FACTS, "source": "caf\udce9.mp4"})
    assert "caf\\udce9.mp4" in page.text


def test_a_name_cannot_become_markup(tmp_path: Path) -> None:
    name = "<script>alert('x')</script>.mp4"
    events: Events = [("decode_error", "<img src=x>")]
    page = _report(tmp_path, frames=1, facts={**FACTS, "source": name}, events=events)
    assert "script" not in page.tags
    assert page.tags.count("img") == 2
    assert name in html.unescape(page.source)


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("/data/set/highway/input", "highway/input"),
        ("/clip.mp4", "/clip.mp4"),
        ("clip.mp4", "clip.mp4"),
        ("rtsp://camera/a/b/live", "rtsp://camera/a/b/live"),
        ("gym:ALE/Breakout-v5", "gym:ALE/Breakout-v5"),
    ],
)
def test_the_title_is_the_end_of_a_path(tmp_path: Path, source: str, title: str) -> None:
    page = _report(tmp_path, frames=2, facts={**FACTS, "source": source})
    assert f"stream-ae report {title} 2 frames" in page.text


def test_settings_and_versions_are_shown(tmp_path: Path) -> None:
    text = _report(tmp_path, frames=1).text
    assert "fit stretch" in text
    assert "versions.torch 2.13.0" in text


def test_a_report_written_again_replaces_the_first(tmp_path: Path) -> None:
    first = _report(tmp_path, frames=60).source
    path = tmp_path / "summary.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "mse": 0.125}))
    second = write_report(tmp_path).read_text()
    assert "0.125" in second
    assert second != first
    assert [p.name for p in tmp_path.glob("*report*")] == ["report.html"]


def test_a_damaged_run_is_refused(tmp_path: Path) -> None:
    write_run(tmp_path, frames=1)
    (tmp_path / "metrics.jsonl").write_text("{\n")
    with pytest.raises(CheckpointError, match=r"metrics\.jsonl, line 1"):
        write_report(tmp_path)


@pytest.mark.parametrize("package", ["jinja2", "matplotlib"])
def test_without_its_packages_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    write_run(tmp_path, frames=60)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"{package}.*stream-ae\[report\]"):
        write_report(tmp_path)
