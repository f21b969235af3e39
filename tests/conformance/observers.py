"""What every observer must keep, whatever it writes.

``make`` opens a new observer that writes to the folder it is given.
"""

import gc
import tracemalloc
import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import torch
from tests.support.full_disk import full_disk
from tests.support.steps import StepOptions, make_step

from stream_ae.learning.observer import Observer
from stream_ae.learning.step import PARTS, Step

Make = Callable[[Path], Observer]

_GAPS: tuple[StepOptions, ...] = (
    {"copy": None},  # the first frame has nothing to be compared with
    {"ssim": None},
    {"overshoot": 0.0, "update_ratio": 0.01},
    {"overshoot": 1.0},
    {"learned": False},
    {"changed": 0},
    {"mse": float("nan"), "detail": float("inf")},
    {"events": [("source_lost", "gone"), ("reconnected", "back — after 2 s")], "dropped": 40},
    {"seconds": {}},
    {"seconds": {**dict.fromkeys(PARTS, 0.001), "an own part": 0.002}},
)


def check_observer(make: Make, directory: Path) -> None:
    """An observer takes whatever a run can bring, changes nothing of it and keeps nothing of it."""
    check_gaps(make, directory / "gaps")
    check_closing(make, directory / "closing")
    check_unchanged(make, directory / "unchanged")
    check_failing_disk(make, directory / "failing")
    check_references(make, directory / "references")
    check_growth(make, directory / "growth")


def check_gaps(make: Make, directory: Path) -> None:
    """Metrics that are missing, numbers that jump, a part of time that nobody knows."""
    observer = _begin(make, directory)
    assert observer.part
    for number, options in enumerate(_GAPS, start=48):  # over the end of a window
        observer.on_step(make_step(number, **options))
    observer.on_step(make_step(10_000))
    observer.close()


def check_closing(make: Make, directory: Path) -> None:
    """It can be closed before the first step, and a second time without a trace."""
    _begin(make, directory / "unused").close()
    observer = _begin(make, directory / "used")
    observer.on_step(make_step(1))
    observer.close()
    written = _contents(directory)
    observer.close()
    assert _contents(directory) == written


def check_unchanged(make: Make, directory: Path) -> None:
    """A step is the same after it was shown."""
    observer = _begin(make, directory)
    steps = [make_step(number, overshoot=1.0) for number in (1, 2, 50)]
    before = [_values(step) for step in steps]
    for step in steps:
        observer.on_step(step)
    observer.close()
    for step, expected in zip(steps, before, strict=True):
        values = _values(step)
        assert values.keys() == expected.keys()
        assert all(torch.equal(values[name], expected[name]) for name in values)


def check_failing_disk(make: Make, directory: Path) -> None:
    """A full disk is an ``OSError`` and nothing else; with room again, it continues."""
    observer = _begin(make, directory / "while running")
    _watch(observer, range(1, 11))
    with full_disk():
        for number in range(11, 61):
            with suppress(OSError):
                observer.on_step(make_step(number))
    _watch(observer, range(61, 71))
    observer.close()

    observer = _begin(make, directory / "at the end")
    _watch(observer, range(1, 11))
    with full_disk(), suppress(OSError):
        observer.close()
    observer.close()


def check_references(make: Make, directory: Path) -> None:
    """No step but the latest is kept alive, and no tensor of an earlier one."""
    observer = _begin(make, directory)
    _watch(observer, range(1001, 1021))
    tensors, alive = _count_tensors(), weakref.WeakSet[Step]()
    for number in range(1021, 1051):
        step = make_step(number)
        alive.add(step)
        observer.on_step(step)
    del step
    assert len(alive) <= 1, "steps are kept"
    assert _count_tensors() <= tensors + 6, "more tensors are kept than the latest step has"
    observer.close()


def check_growth(make: Make, directory: Path) -> None:
    """What it remembers does not grow with the run: not even by a number for each step."""
    observer, step = _begin(make, directory), make_step(1)
    steps = 600
    tracemalloc.start()
    try:
        for number in range(1001, 1101):
            observer.on_step(replace(step, number=number))
        before = _traced_bytes()
        for number in range(1101, 1101 + steps):
            observer.on_step(replace(step, number=number))
        assert _traced_bytes() - before < 12 * steps, "a float has 24 bytes, a place in a list 8"
    finally:
        tracemalloc.stop()
    observer.close()


def _traced_bytes() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def _begin(make: Make, directory: Path) -> Observer:
    directory.mkdir(parents=True)
    return make(directory)


def _watch(observer: Observer, numbers: Iterable[int]) -> None:
    for number in numbers:
        observer.on_step(make_step(number))


def _contents(directory: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def _values(step: Step) -> dict[str, torch.Tensor]:
    """A copy of everything that a step carries."""
    numbers = {tag: torch.tensor(value) for tag, value in step.scalars().items()}
    seconds = {part: torch.tensor(value) for part, value in step.seconds.items()}
    return {
        **numbers,
        **seconds,
        "number": torch.tensor(step.number),
        "rgb": torch.from_numpy(step.frame.rgb.copy()),
        "mask": step.change.mask.clone(),
        "intensity": step.change.intensity.clone(),
        "target": step.target.clone(),
        "image": step.image.clone(),
        "latent": step.latent.clone(),
    }


def _count_tensors() -> int:
    gc.collect()
    return sum(type(each) is torch.Tensor for each in gc.get_objects())
