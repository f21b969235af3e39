"""What ``stream-ae watch`` leaves to look at: the report, the board, ``inspect``."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.support.board_reader import read_board
from tests.support.page import Page

from stream_ae.cli import program as cli

FRAMES, ENTERS = 40, 12
SMALL = ["--no-progress", "--size", "small", "--optimizer", "sgd"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of a wall; a red square comes in and goes to the right."""
    pictures = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    wall = rng.integers(60, 180, (48, 64, 1)).repeat(3, axis=2)
    for index in range(FRAMES):
        rgb = wall + rng.normal(0, 2, wall.shape)
        if index >= ENTERS:
            left = min(index - ENTERS, 50)
            rgb[12:30, left : left + 14] = (200, 40, 40)
        Image.fromarray(rgb.clip(0, 255).astype(np.uint8)).save(pictures / f"{index:03d}.png")
    return pictures


def _watch(folder: Path, run: Path, *options: str) -> Page:
    assert cli.main(["watch", str(folder), "--run-dir", str(run), *SMALL, *options]) == 0
    return Page(run / "report.html")


def test_what_appeared_is_told_shown_and_linked(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = _watch(folder, tmp_path)
    assert "1 thing appeared" in page.text
    assert f"1 thing appeared, in 1.6 s\nreport: {tmp_path}" in capsys.readouterr().out
    assert page.tags.count("img") == 2  # the second one along the time
    links = [address for address in page.addresses if address.startswith("file://")]
    (shown,) = links
    assert ENTERS <= int(Path(shown).stem) < FRAMES
    assert cli.main(["inspect", str(tmp_path)]) == 0
    assert "seen              1 appeared" in capsys.readouterr().out
    (means,) = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert 0.0 < means["change/foreground"] < 0.2
    assert 0.0 <= means["change/novelty"] <= 1.0
    tags = read_board(tmp_path).Tags()
    assert {"change/foreground", "change/novelty"} <= set(tags["scalars"])
    assert {"images/foreground", "images/novelty"} <= set(tags["images"])


def test_a_private_run_shows_no_pixel_of_it_even_when_it_is_resumed(
    folder: Path, tmp_path: Path
) -> None:
    _watch(folder, tmp_path, "--private", "--frames", "20")
    page = _watch(folder, tmp_path, "--resume")
    assert "This run is private" in page.text
    assert "img" not in page.tags
    assert not (tmp_path / "events").exists()
    assert read_board(tmp_path).Tags()["images"] == []
