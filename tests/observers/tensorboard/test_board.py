import itertools
import math
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout
from tests.support.board_reader import read_board
from tests.support.full_disk import full_disk
from tests.support.steps import SIZE, TinyNetwork, make_step

from stream_ae.errors import MissingExtraError
from stream_ae.frame import Event
from stream_ae.learning.step import PARTS
from stream_ae.observers.tensorboard import board as board_module
from stream_ae.observers.tensorboard.board import Board, Schedule

IMAGES = {f"images/{name}" for name in ("input", "reconstruction", "change_mask", "error", "panel")}
FEATURES = {f"features/{name}" for name in ("encoder/down", "latent", "decoder/image")}
PARAMETERS = ("encoder.weight", "encoder.bias", "decoder.weight", "decoder.bias")


@pytest.fixture
def model() -> TinyNetwork:
    return TinyNetwork().learn()


def watch(
    directory: Path,
    model: TinyNetwork,
    numbers: Iterable[int],
    *,
    images: bool = True,
    resumed_at: int = 0,
) -> EventAccumulator:
    board = Board(directory, model, images=images, resumed_at=resumed_at)
    for number in numbers:
        board.on_step(make_step(number, mse=float(number), overshoot=0.0))
    board.close()
    return read_board(directory)


def test_a_run_of_three_frames_has_every_panel(tmp_path: Path, model: TinyNetwork) -> None:
    shown = watch(tmp_path, model, range(1, 4))
    tags = shown.Tags()
    assert set(tags["images"]) == IMAGES | FEATURES
    assert set(tags["histograms"]) == {
        f"{kind}/{name}" for kind in ("params", "grads") for name in PARAMETERS
    }
    assert set(make_step(overshoot=0.0).scalars()) <= set(tags["scalars"])
    assert {"speed/fps", "speed/memory_mib"} <= set(tags["scalars"])
    for tag in [*IMAGES, *FEATURES]:
        assert [image.step for image in shown.Images(tag)] == [1, 3]  # the first and the last


def test_curves_are_means_of_windows_of_50_frames(tmp_path: Path, model: TinyNetwork) -> None:
    shown = watch(tmp_path, model, range(1, 121))
    curve = [(point.step, point.value) for point in shown.Scalars("loss/mse")]
    assert curve == [(50, 25.5), (100, 75.5), (120, 110.5)]


def test_another_scene_is_marked_at_its_own_frame(tmp_path: Path, model: TinyNetwork) -> None:
    board = Board(tmp_path, model)
    for number in range(1, 121):
        board.on_step(make_step(number, begins=number in (7, 100, 113)))
    board.close()
    points = read_board(tmp_path).Scalars("change/scene")
    assert [(point.step, point.value) for point in points] == [
        (7, 1.0),
        (50, pytest.approx(0.02)),
        (100, 1.0),
        (113, 1.0),
        (120, pytest.approx(0.05)),
    ]


def test_a_chart_of_several_curves_names_only_curves_that_there_are(
    tmp_path: Path, model: TinyNetwork
) -> None:
    shown = watch(tmp_path, model, range(1, 4))
    (event,) = shown.Tensors("custom_scalars__config__")
    (category,) = Layout.FromString(event.tensor_proto.string_val[0]).category
    tags = [tag for chart in category.chart for tag in chart.multiline.tag]
    unmeasured = "^optim/effective_step$"  # steps made by hand have none
    watched = {"^change/foreground$", "^change/novelty$", "^speed/watch_ms$"}
    assert {f"^{tag}$" for tag in shown.Tags()["scalars"]} >= set(tags) - {unmeasured} - watched
    assert watched < set(tags)
    assert len(tags) == len(set(tags)) == 11 + len(PARTS)


def test_an_overshoot_is_a_warning(tmp_path: Path, model: TinyNetwork) -> None:
    board = Board(tmp_path, model)
    for number, overshoot in enumerate((0.0, None, 1.0, 0.0), start=1):
        board.on_step(make_step(number, overshoot=overshoot))
    board.close()
    assert [note.step for note in read_board(tmp_path).Tensors("warnings/overshoot")] == [3]


def test_what_could_not_be_written_is_a_warning(tmp_path: Path, model: TinyNetwork) -> None:
    board = Board(tmp_path / "run", model)
    board.on_event(Event("cannot_write", "before the first frame"))
    assert not (tmp_path / "run").exists()
    board.on_step(make_step(7))
    board.on_event(Event("source_lost", "of the stream"))
    board.on_event(Event("cannot_write", "the disk is full"))
    board.close()
    board.on_event(Event("cannot_write", "after the end"))
    (note,) = read_board(tmp_path / "run").Tensors("warnings/cannot_write")
    assert note.step == 7
    assert note.tensor_proto.string_val[0] == b"the disk is full"


def test_images_have_their_own_size(tmp_path: Path, model: TinyNetwork) -> None:
    shown = watch(tmp_path, model, [1])
    (image,) = shown.Images("images/input")
    assert (image.height, image.width) == (SIZE, SIZE)
    (panel,) = shown.Images("images/panel")
    assert panel.width > 4 * SIZE


def test_histograms_are_those_of_parameters_and_gradients(
    tmp_path: Path, model: TinyNetwork
) -> None:
    shown = watch(tmp_path, model, [1])
    assert model.encoder.weight.grad is not None
    gradient = model.encoder.weight.grad.double()
    (event,) = shown.Histograms("grads/encoder.weight")
    assert event.histogram_value.min == gradient.min()
    assert event.histogram_value.sum_squares == pytest.approx(float(gradient.square().sum()))
    (event,) = shown.Histograms("params/decoder.bias")
    assert event.histogram_value.num == 3


def test_a_parameter_without_gradient_has_no_histogram(tmp_path: Path, model: TinyNetwork) -> None:
    assert model.encoder.bias is not None
    model.encoder.bias.grad = None
    histograms = watch(tmp_path, model, [1]).Tags()["histograms"]
    assert "params/encoder.weight" in histograms
    assert not [tag for tag in histograms if "encoder.bias" in tag]


def test_weights_that_are_not_finite_do_not_stop_the_board(
    tmp_path: Path, model: TinyNetwork
) -> None:
    torch.nn.init.constant_(model.encoder.weight, math.nan)
    tags = watch(tmp_path, model, [1]).Tags()
    assert "params/encoder.weight" not in tags["histograms"]
    assert "params/decoder.weight" in tags["histograms"]
    assert "features/latent" in tags["images"]


def test_a_private_run_shows_no_pixel(tmp_path: Path, model: TinyNetwork) -> None:
    shown = watch(tmp_path, model, range(1, 4), images=False)
    assert shown.Tags()["images"] == []
    assert len(shown.Tags()["histograms"]) == 8
    assert "loss/mse" in shown.Tags()["scalars"]
    assert model.features_asked == 0
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"\xff\xd8\xff" not in files  # how a JPEG begins


def test_a_resumed_run_has_each_point_once(tmp_path: Path, model: TinyNetwork) -> None:
    watch(tmp_path, model, range(1, 161))
    shown = watch(tmp_path, model, range(121, 201), resumed_at=120)
    assert [point.step for point in shown.Scalars("loss/mse")] == [50, 100, 150, 200]
    assert [image.step for image in shown.Images("images/input")] == [1, 121, 200]


def test_the_network_is_asked_for_its_maps_only_on_schedule(
    tmp_path: Path, model: TinyNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(board_module, "Schedule", lambda: Schedule(lambda: now[0]))
    board = Board(tmp_path, model)
    asked = []
    for number in range(1, 31):
        now[0] = 0.1 * number
        board.on_step(make_step(number))
        asked.append(model.features_asked)
    assert asked[:11] == [1] * 10 + [2]  # at the first frame, and a second later
    assert asked[-1] == 3
    board.close()
    assert model.features_asked == 4


def test_the_last_frame_is_not_written_twice(tmp_path: Path, model: TinyNetwork) -> None:
    watch(tmp_path, model, [1])
    assert model.features_asked == 1


def test_a_run_without_a_frame_leaves_no_file(tmp_path: Path, model: TinyNetwork) -> None:
    Board(tmp_path, model).close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_raises_and_the_board_continues(tmp_path: Path, model: TinyNetwork) -> None:
    board = Board(tmp_path, model)
    with full_disk(at=100):
        with pytest.raises(OSError, match="File too large"):
            board.on_step(make_step(1))
        for number in range(2, 50):
            board.on_step(make_step(number))  # nothing due, so nothing is tried
        with pytest.raises(OSError, match="File too large"):
            board.on_step(make_step(50))
    for number in range(51, 101):
        board.on_step(make_step(number))
    board.close()
    shown = read_board(tmp_path)
    assert [point.step for point in shown.Scalars("loss/mse")] == [100]
    assert [image.step for image in shown.Images("images/error")] == [100]


def test_closing_on_a_full_disk_raises_and_frees_the_file(
    tmp_path: Path, model: TinyNetwork
) -> None:
    board = Board(tmp_path, model)
    board.on_step(make_step(1))
    board.on_step(make_step(2))
    with full_disk(at=100), pytest.raises(OSError, match="File too large"):
        board.close()
    shown = read_board(tmp_path)
    assert [image.step for image in shown.Images("images/error")] == [1]


class FakeTime:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def records_of(frames: int, *, frame_s: float, record_s: float) -> tuple[list[float], float]:
    clock = FakeTime()
    schedule = Schedule(clock)
    records: list[float] = []
    for _ in range(frames):
        clock.now += frame_s
        if schedule.due():
            records.append(clock.now)
            clock.now += record_s
            schedule.done()
    return records, clock.now


@pytest.mark.parametrize("frame_s", [0.002, 0.012, 0.1])
def test_half_a_million_frames_cost_little_time_and_space(frame_s: float) -> None:
    records, seconds = records_of(500_000, frame_s=frame_s, record_s=0.08)
    assert 0.08 * len(records) < 0.01 * seconds
    assert 100 < len(records) < 300
    record_bytes, window_bytes = 450_000, 1_000  # see the next test
    assert len(records) * record_bytes + 500_000 / 50 * window_bytes < 150e6


def test_without_pillow_a_board_with_images_is_refused_at_once(
    tmp_path: Path, model: TinyNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtraError, match=r"stream-ae\[images\]"):
        Board(tmp_path, model)
    shown = watch(tmp_path, model, [1], images=False)
    assert "loss/mse" in shown.Tags()["scalars"]


def test_a_window_takes_less_than_a_kilobyte(tmp_path: Path, model: TinyNetwork) -> None:
    board = Board(tmp_path, model, images=False)
    for number in range(1, 151):
        board.on_step(make_step(number, overshoot=0.0))
        if number == 50:
            (path,) = tmp_path.iterdir()
            before = path.stat().st_size
    assert path.stat().st_size - before < 2 * 1000
    board.close()


def test_records_come_often_at_first_and_rarer_later() -> None:
    records, _ = records_of(100_000, frame_s=0.01, record_s=0.01)
    pauses = [after - before for before, after in itertools.pairwise(records)]
    assert records[0] == 0.01
    assert pauses[0] == pytest.approx(1.0, abs=0.05)
    assert pauses[-1] == pytest.approx(0.03 * records[-2], rel=0.01)


def test_a_slow_record_is_followed_by_a_long_pause_unless_it_is_the_first() -> None:
    clock = FakeTime()
    schedule, pauses = Schedule(clock), []
    for record_s in (2.0, 0.05, 2.0, 0.05):
        begun = clock.now
        while not schedule.due():
            clock.now += 0.01
        pauses.append(clock.now - begun)
        clock.now += record_s
        schedule.done()
    assert pauses == pytest.approx([0.0, 1.0, 2.0, 80.0], abs=0.02)


@pytest.mark.parametrize("record_s", [0.05, 0.5, 5.0])
def test_records_never_take_more_than_a_fortieth_of_the_time(record_s: float) -> None:
    records, seconds = records_of(50_000, frame_s=0.012, record_s=record_s)
    assert len(records) > 2
    assert (len(records) - 2) * record_s <= seconds / 40  # the first is free, the last not yet paid


def test_the_settings_of_a_run_and_its_end_are_written(tmp_path: Path, model: TinyNetwork) -> None:
    board = Board(tmp_path, model, settings={"optimizer": "adam"})
    board.on_step(make_step(1))
    board.close()
    tags = read_board(tmp_path).PluginTagToContent("hparams")
    assert {tag.rpartition("/")[2] for tag in tags} == {
        "experiment",
        "session_start_info",
        "session_end_info",
    }
