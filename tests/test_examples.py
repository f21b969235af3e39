import csv
import re
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageSequence

from stream_ae import StreamLearner

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parent.parent / "examples"

RunExample = Callable[[str], dict[str, object]]
"""Takes a file's name and gives its names, as ``runpy`` does."""


@pytest.fixture
def run_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunExample:
    """Run an example in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda name: runpy.run_path(str(EXAMPLES / name), run_name="__main__")


def _errors(text: str) -> list[float]:
    return [float(mse) for mse in re.findall(r"mse ([\d.]+)", text)]


def test_every_example_is_run_here() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {
        "moving_picture.py",
        "own_loop.py",
        "own_network.py",
        "own_observer.py",
        "own_source.py",
        "plain_loop.py",
        "td_lambda.py",
    }


def test_the_plain_loop_learns_and_saves(
    run_example: RunExample, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = run_example("plain_loop.py")["FRAMES"]
    errors = _errors(capsys.readouterr().out)
    assert len(errors) == frames
    assert errors[-1] < errors[0]
    learner = StreamLearner()
    learner.load("street.pt")
    assert learner.frames == frames


def test_an_own_source_is_learned(
    run_example: RunExample, capsys: pytest.CaptureFixture[str]
) -> None:
    run_example("own_source.py")
    first, last = _errors(capsys.readouterr().out)
    assert last < first


def test_an_own_network_is_learned(
    run_example: RunExample, capsys: pytest.CaptureFixture[str]
) -> None:
    run_example("own_network.py")
    first, last = _errors(capsys.readouterr().out)
    assert last < 0.5 * first


def test_a_loop_of_ones_own_needs_no_rate(
    run_example: RunExample, capsys: pytest.CaptureFixture[str]
) -> None:
    run_example("own_loop.py")
    errors = [float(error) for error in re.findall(r"error ([\d.]+)", capsys.readouterr().out)]
    assert len(errors) == 6
    assert errors[-1] < 0.05 * errors[0]


def test_an_own_source_can_begin_in_the_middle() -> None:
    source_class = runpy.run_path(str(EXAMPLES / "own_source.py"))["RisingSun"]
    with source_class() as source:
        stream = iter(source)
        from_start = [next(stream) for _ in range(4)]
        stream.close()
    with source_class() as source:
        stream = source.frames(start=3)
        fourth = next(stream)
        stream.close()
    assert [frame.index for frame in from_start] == [0, 1, 2, 3]
    assert fourth.index == 3
    assert (fourth.rgb == from_start[3].rgb).all()
    assert (from_start[0].rgb != from_start[3].rgb).any()


def test_an_own_observer_is_told_of_every_frame(run_example: RunExample) -> None:
    frames = run_example("own_observer.py")["FRAMES"]
    with Path("latent.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header[:2] == ["frame", "channel_0"]
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) == frames
    values = torch.tensor([[float(value) for value in row[1:]] for row in rows])
    assert values.shape == (len(rows), 16)
    assert values.std(dim=0).max() > 0


def test_the_values_of_a_random_walk_are_found(
    run_example: RunExample, capsys: pytest.CaptureFixture[str]
) -> None:
    run_example("td_lambda.py")
    text = capsys.readouterr().out
    values = [(float(v), float(t)) for v, t in re.findall(r"value ([\d.]+), true ([\d.]+)", text)]
    assert [true for _, true in values] == [0.167, 0.333, 0.5, 0.667, 0.833]
    assert all(abs(value - true) < 0.15 for value, true in values)
    before, after = [float(error) for error in re.findall(r"error .* ([\d.]+)", text)]
    assert after < 0.2 * before


def test_the_moving_picture_shows_four_panels_of_every_early_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    film = runpy.run_path(str(EXAMPLES / "moving_picture.py"))
    film["main"](frames=6)
    with Image.open("learning.webp") as picture:
        assert len(ImageSequence.all_frames(picture)) == 6
        assert picture.size == (4 * 224 + 3 * 4, 224 + film["HEADER"])
