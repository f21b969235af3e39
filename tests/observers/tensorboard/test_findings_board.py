import sys
from pathlib import Path

import pytest
from tests.support.board_reader import read_board
from tests.support.findings import make_findings, make_frame
from tests.support.steps import TinyNetwork, make_step

from stream_ae.errors import MissingExtraError
from stream_ae.observers.tensorboard.board import Board
from stream_ae.observers.tensorboard.findings_board import FindingsBoard

IMAGES = ["images/foreground", "images/novelty"]


def _watch(board: FindingsBoard, numbers: range) -> None:
    for number in numbers:
        board.on_findings(make_findings(number, novelty=number / 1000, covered=8), make_frame())


def test_what_is_found_has_curves_and_pictures(tmp_path: Path) -> None:
    board = FindingsBoard(tmp_path)
    _watch(board, range(1, 121))
    board.close()
    shown = read_board(tmp_path)
    assert shown.Tags()["images"] == IMAGES
    assert set(shown.Tags()["scalars"]) == {"change/ratio", "change/foreground", "change/novelty"}
    curve = [(point.step, point.value) for point in shown.Scalars("change/novelty")]
    assert curve == [(n, pytest.approx(v)) for n, v in ((50, 0.0255), (100, 0.0755), (120, 0.1105))]
    assert [point.value for point in shown.Scalars("change/foreground")] == pytest.approx([0.1] * 3)
    pictures = shown.Images("images/foreground")
    assert [picture.step for picture in pictures] == [1, 120]
    assert (pictures[0].height, pictures[0].width) == (48, 64)


def test_beside_learning_it_is_one_run_in_one_file(tmp_path: Path) -> None:
    network = Board(tmp_path, TinyNetwork().learn())
    found = FindingsBoard(tmp_path, board=network)
    for number in range(1, 51):
        network.on_step(make_step(number))
        _watch(found, range(number, number + 1))
    network.close()
    found.close()
    assert len(list(tmp_path.iterdir())) == 1
    shown = read_board(tmp_path)
    assert set(IMAGES) < set(shown.Tags()["images"])
    for tag in ("change/ratio", "change/foreground", "loss/mse"):
        assert [point.step for point in shown.Scalars(tag)] == [50], tag


def test_a_private_run_has_no_picture(tmp_path: Path) -> None:
    board = FindingsBoard(tmp_path, images=False)
    _watch(board, range(1, 3))
    board.close()
    shown = read_board(tmp_path)
    assert shown.Tags()["images"] == []
    assert [point.step for point in shown.Scalars("change/novelty")] == [2]


def test_without_a_frame_there_is_no_file(tmp_path: Path) -> None:
    FindingsBoard(tmp_path / "run").close()
    assert not (tmp_path / "run").exists()


def test_without_tensorboard_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    with pytest.raises(MissingExtraError, match=r"TensorBoard.*stream-ae\[board\]"):
        FindingsBoard(tmp_path)
