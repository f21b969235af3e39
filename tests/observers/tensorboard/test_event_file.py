import io
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard import data_compat
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout
from tensorboard.util import tensor_util
from tests.support.board_reader import read_board
from tests.support.full_disk import full_disk

from stream_ae.errors import MissingExtraError
from stream_ae.observers.images import jpeg
from stream_ae.observers.tensorboard.event_file import EventFile
from stream_ae.observers.tensorboard.histograms import take_histograms


def begin(directory: Path, *, resumed_at: int = 0) -> EventFile:
    charts = {"errors": ["loss/mse", "loss/copy"]}
    return EventFile(directory, charts=charts, resumed_at=resumed_at)


def points(directory: Path, tag: str = "loss/mse") -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in read_board(directory).Scalars(tag)]


def test_curves_are_read_back(tmp_path: Path) -> None:
    file = begin(tmp_path / "run")
    assert not (tmp_path / "run").exists()
    file.add_scalars(50, {"loss/mse": 0.5, "loss/ssim": 0.25})
    file.add_scalars(100, {"loss/mse": 0.125})
    assert points(tmp_path / "run") == [(50, 0.5), (100, 0.125)]  # before it is closed, too
    file.close()
    assert points(tmp_path / "run", "loss/ssim") == [(50, 0.25)]


def test_notes_are_read_back(tmp_path: Path) -> None:
    file = begin(tmp_path)
    file.add_texts(7, {"warnings/overshoot": "too far"})
    file.close()
    (note,) = read_board(tmp_path).Tensors("warnings/overshoot")
    assert (note.step, tensor_util.make_ndarray(note.tensor_proto).item()) == (7, b"too far")


def test_a_note_may_name_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    file = begin(tmp_path)
    file.add_texts(1, {"run/source": "caf\udce9.mp4"})
    file.close()
    (note,) = read_board(tmp_path).Tensors("run/source")
    assert tensor_util.make_ndarray(note.tensor_proto).item() == rb"caf\udce9.mp4"


def test_images_are_read_back(tmp_path: Path) -> None:
    rgb = np.full((6, 8, 3), 200, np.uint8)
    file = begin(tmp_path)
    file.add_jpegs(3, {"images/input": (jpeg(rgb), (6, 8))})
    file.close()
    (image,) = read_board(tmp_path).Images("images/input")
    assert (image.step, image.height, image.width) == (3, 6, 8)
    with Image.open(io.BytesIO(image.encoded_image_string)) as read:
        assert np.abs(np.asarray(read, np.int16) - 200).max() <= 2


def test_histograms_are_read_back_as_tensorboard_draws_them(tmp_path: Path) -> None:
    values = torch.cat([torch.zeros(90), torch.tensor([-3.0, 0.5, 0.5, 7.0])])
    file = begin(tmp_path)
    file.add_histograms(9, take_histograms({"params/w": values}))
    file.close()
    (event,) = read_board(tmp_path).Histograms("params/w")
    shown = event.histogram_value
    assert (event.step, shown.num, shown.min, shown.max) == (9, 94, -3.0, 7.0)
    assert (shown.sum, shown.sum_squares) == (5.0, 58.5)
    proto = HistogramProto(
        min=shown.min, max=shown.max, bucket_limit=shown.bucket_limit, bucket=shown.bucket
    )
    drawn = data_compat.migrate_value(Summary.Value(tag="w", histo=proto))
    buckets = tensor_util.make_ndarray(drawn.tensor)
    lefts, rights, counts = buckets.T
    assert (lefts[0], rights[-1]) == (-3.0, 7.0)
    assert (lefts[1:] == rights[:-1]).all()
    assert (lefts < rights).all()
    assert [int(counts[(lefts < v) & (v <= rights)].sum()) for v in (0.0, 0.5, 7.0)] == [90, 2, 1]
    around_half = (lefts < 0.5) & (rights >= 0.5)
    assert rights[around_half][0] / lefts[around_half][0] == pytest.approx(1.2)


def test_points_after_the_resumed_frame_are_hidden(tmp_path: Path) -> None:
    first = begin(tmp_path)
    for step in (50, 100, 150):
        first.add_scalars(step, {"loss/mse": 1.0})
    first.add_scalars(120, {"loss/rare": 1.0})
    first.close()
    second = begin(tmp_path, resumed_at=100)
    second.add_scalars(200, {"loss/mse": 2.0})
    second.close()
    assert points(tmp_path) == [(50, 1.0), (100, 1.0), (200, 2.0)]
    assert points(tmp_path, "loss/rare") == []


def test_curves_that_belong_together_share_a_chart(tmp_path: Path) -> None:
    file = begin(tmp_path)
    file.add_scalars(1, {"loss/mse": 1.0})
    file.close()
    (event,) = read_board(tmp_path).Tensors("custom_scalars__config__")
    layout = Layout.FromString(event.tensor_proto.string_val[0])
    (chart,) = layout.category[0].chart
    assert chart.title == "errors"
    assert list(chart.multiline.tag) == ["^loss/mse$", "^loss/copy$"]


def test_files_are_named_in_the_order_in_which_they_were_begun(tmp_path: Path) -> None:
    for part in range(4):  # all within one second
        file = begin(tmp_path, resumed_at=part)
        file.add_scalars(part + 1, {"loss/mse": float(part)})
        file.close()
    assert len(list(tmp_path.iterdir())) == 4
    assert points(tmp_path) == [(1, 0.0), (2, 1.0), (3, 2.0), (4, 3.0)]


def test_a_full_disk_costs_one_record(tmp_path: Path) -> None:
    file = begin(tmp_path)
    with full_disk(at=20), pytest.raises(OSError, match="File too large"):
        file.add_scalars(1, {"loss/mse": 1.0})
    file.add_scalars(2, {"loss/mse": 2.0})
    (path,) = tmp_path.iterdir()
    with full_disk(at=path.stat().st_size + 20), pytest.raises(OSError, match="File too large"):
        file.add_scalars(3, {"loss/mse": 3.0})
    file.add_scalars(4, {"loss/mse": 4.0})
    file.close()
    assert points(tmp_path) == [(2, 2.0), (4, 4.0)]


def test_a_torn_record_does_not_hide_the_next_part(tmp_path: Path) -> None:
    file = begin(tmp_path)
    file.add_scalars(1, {"loss/mse": 1.0})
    file.add_scalars(2, {"loss/mse": 2.0})
    file.close()
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-5])
    second = begin(tmp_path, resumed_at=1)
    second.add_scalars(2, {"loss/mse": 3.0})
    second.close()
    assert points(tmp_path) == [(1, 1.0), (2, 3.0)]


@pytest.mark.parametrize("package", ["tensorboard.compat.proto.event_pb2", "google_crc32c"])
def test_without_its_packages_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"needs TensorBoard.*stream-ae\[board\]"):
        begin(tmp_path)
