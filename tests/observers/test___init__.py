"""Every observer, those of the examples included, keeps what an observer must."""

import inspect
import itertools
import pkgutil
import runpy
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
import torch
from tests.conformance.observers import (
    Make,
    check_closing,
    check_failing_disk,
    check_gaps,
    check_observer,
    check_references,
    check_unchanged,
)
from tests.support.steps import TinyNetwork

import stream_ae.observers
from stream_ae.learning.learner import StreamLearner
from stream_ae.learning.loop import run
from stream_ae.learning.observer import Observer
from stream_ae.learning.step import PARTS, Step
from stream_ae.learning.watcher import Watcher
from stream_ae.observers import (
    Board,
    Checkpointer,
    Filmstrip,
    Journal,
    Metrics,
    Progress,
)
from stream_ae.observers.exporter.readings import Readings
from stream_ae.observers.pace import Pacer
from stream_ae.observers.watching import Watching
from stream_ae.sources.scene import SceneSource

EXAMPLES = Path(__file__).parents[2] / "examples"


class LearnerThatCounts:
    """Its frames are those of the loop; each time it is asked, one more."""

    def __init__(self) -> None:
        self._counter = itertools.count()

    @property
    def frames(self) -> int:
        return next(self._counter)

    def state_dict(self) -> dict[str, object]:
        return {"weight": torch.zeros(3), "previous": None, "mean": None}


def _checkpointer(directory: Path, *, every: float = 1000.0) -> Observer:
    learner = LearnerThatCounts()
    return Checkpointer(directory, learner, metrics=Metrics({}), settings={}, every=every)


def _board(directory: Path, *, images: bool = True) -> Observer:
    return Board(directory, TinyNetwork().learn(), images=images)


MAKERS: dict[str, Make] = {
    "Board": _board,
    "Checkpointer": _checkpointer,
    "Filmstrip": lambda _: Filmstrip(),
    "Journal": lambda directory: Journal(directory, config={"seed": 1}),
    "Metrics": lambda _: Metrics({"seed": 1}),
    "Pacer": lambda _: Pacer(is_on=False, stopped=lambda: False),
    "Readings": lambda _: Readings(),
    "Progress": lambda _: Progress(total=None),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_conformance(name: str, tmp_path: Path) -> None:
    check_observer(MAKERS[name], tmp_path)


@pytest.mark.slow
def test_conformance_of_a_checkpointer_that_saves_after_every_step(tmp_path: Path) -> None:
    def make(directory: Path) -> Observer:
        return _checkpointer(directory, every=0.0)

    check_gaps(make, tmp_path / "gaps")
    check_closing(make, tmp_path / "closing")
    check_unchanged(make, tmp_path / "unchanged")
    check_failing_disk(make, tmp_path / "failing")
    check_references(make, tmp_path / "references")


@pytest.mark.slow
def test_conformance_of_watching_which_fills_its_memory_first(tmp_path: Path) -> None:
    def make(_: Path) -> Observer:
        return Watching(Watcher(), [], with_latents=False)

    check_gaps(make, tmp_path / "gaps")
    check_closing(make, tmp_path / "closing")
    check_unchanged(make, tmp_path / "unchanged")
    check_references(make, tmp_path / "references")


@pytest.mark.slow
def test_conformance_of_a_private_board(tmp_path: Path) -> None:
    check_observer(lambda directory: _board(directory, images=False), tmp_path)


@pytest.mark.slow
def test_conformance_of_the_example(tmp_path: Path) -> None:
    table = runpy.run_path(str(EXAMPLES / "own_observer.py"))["LatentTable"]
    check_observer(lambda directory: table(directory / "latent.csv"), tmp_path)


class KeepsSteps(Observer):
    def __init__(self) -> None:
        self.kept: list[object] = []

    def on_step(self, step: Step) -> None:
        self.kept.append(step)


class KeepsImages(KeepsSteps):
    def on_step(self, step: Step) -> None:
        self.kept.append(step.image.mean())


class KeepsNumbers(KeepsSteps):
    def on_step(self, step: Step) -> None:
        self.kept.append(step.losses.mse + step.number)


class ChangesTheImage(Observer):
    def on_step(self, step: Step) -> None:
        step.image.clamp_(max=0.5)


class NeedsTheIndex(Observer):
    def on_step(self, step: Step) -> None:
        assert step.scalars()["loss/ssim"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "observer", [KeepsSteps, KeepsImages, KeepsNumbers, ChangesTheImage, NeedsTheIndex]
)
def test_an_observer_that_breaks_a_rule_is_found(
    observer: Callable[[], Observer], tmp_path: Path
) -> None:
    with pytest.raises((AssertionError, KeyError)):
        check_observer(lambda _: observer(), tmp_path)


def test_every_observer_of_the_package_is_checked() -> None:
    prefix = "stream_ae.observers."
    modules = [each.name for each in pkgutil.walk_packages(stream_ae.observers.__path__, prefix)]
    classes = [
        cls
        for name in modules
        for _, cls in inspect.getmembers(import_module(name), inspect.isclass)
        if issubclass(cls, Observer) and cls.__module__ == name
    ]
    assert sorted(cls.__name__ for cls in classes) == sorted([*MAKERS, "Controls", "Watching"])


def test_the_public_names_are_sorted_and_there() -> None:
    names = stream_ae.observers.__all__
    assert names == sorted(names)
    promised = MAKERS.keys() - {"Pacer", "Readings"}  # of `live`, and of a run's port
    assert promised <= set(names) <= vars(stream_ae.observers).keys()


class Export(Observer):
    """An observer whose time is booked under a part of its own."""

    part = "export"
    largest = 0.0

    def on_step(self, step: Step) -> None:
        self.largest = max(self.largest, float(step.latent.sort().values[..., -1].max()))


@pytest.mark.slow
def test_a_run_counts_the_time_of_an_observers_own_part(tmp_path: Path) -> None:
    metrics = Metrics({})
    observers = [metrics, Export(), Journal(tmp_path, config={}), _board(tmp_path)]
    with SceneSource("cuts") as source:
        run(source, StreamLearner(), observers=observers, frames=3)
    seconds = metrics.summary()["seconds_by_part"]
    assert list(seconds) == [*PARTS, "export"]
    assert seconds["export"] > 0
