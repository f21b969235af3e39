from pathlib import Path

import pytest
from tests.support.board_reader import read_board
from tests.support.findings import make_findings, make_frame
from tests.support.full_disk import full_disk
from tests.support.steps import TinyNetwork, make_step

from stream_ae.observers.findings_scalars import FindingsScalars
from stream_ae.observers.tensorboard.board import Board
from stream_ae.observers.tensorboard.findings_board import FindingsBoard

IMAGES = {"images/foreground", "images/novelty"}


@pytest.mark.parametrize("closed_first", ["network", "found"])
def test_what_is_found_is_in_the_same_run_as_the_learning(
    tmp_path: Path, closed_first: str
) -> None:
    network = Board(tmp_path, TinyNetwork().learn())
    found, scalars = FindingsBoard(network), FindingsScalars([network])
    for number in range(1, 61):
        findings = make_findings(number, novelty=number / 100, covered=8)
        found.on_findings(findings, make_frame(number))
        scalars.on_findings(findings, make_frame(number))
        network.on_step(make_step(number))
    for observer in (network, found) if closed_first == "network" else (found, network):
        observer.close()
    assert len(list(tmp_path.iterdir())) == 1
    shown = read_board(tmp_path)
    assert set(shown.Tags()["images"]) > IMAGES
    curve = [(point.step, point.value) for point in shown.Scalars("change/novelty")]
    assert curve == [(50, pytest.approx(0.255)), (60, pytest.approx(0.555))]
    for tag in ("change/ratio", "change/foreground", "loss/mse"):
        assert [point.step for point in shown.Scalars(tag)] == [50, 60], tag
    pictures = shown.Images("images/foreground")
    assert [picture.step for picture in pictures] == [1, 60]
    assert (pictures[0].height, pictures[0].width) == (48, 64)


def test_without_a_frame_there_is_no_file(tmp_path: Path) -> None:
    FindingsBoard(Board(tmp_path / "run", TinyNetwork().learn(), images=False)).close()
    assert not (tmp_path / "run").exists()


def test_after_a_full_disk_there_are_pictures_again(tmp_path: Path) -> None:
    found = FindingsBoard(Board(tmp_path, TinyNetwork().learn(), images=False))
    with full_disk(at=10), pytest.raises(OSError, match="File too large"):
        found.on_findings(make_findings(1), make_frame(1))
    found.on_findings(make_findings(2), make_frame(2))
    found.close()
    shown = read_board(tmp_path)
    assert [picture.step for picture in shown.Images("images/novelty")] == [2]
