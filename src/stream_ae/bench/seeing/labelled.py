"""Streams of which it is known, pixel by pixel, what moves: folders of data sets, and our scenes.

A folder is laid out as those of changedetection.net: ``input``, ``groundtruth``, and where they are
there ``temporalROI.txt`` (first and last frame with labels) and ``ROI.bmp`` (which pixels count).
Labels: Goyette, Jodoin, Porikli, Konrad, Ishwar, "Changedetection.net: A New Change Detection
Benchmark Dataset", CVPR Workshops 2012.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stream_ae.detection.findings import Mask
from stream_ae.errors import ConfigError, SourceError
from stream_ae.frame import Event, Rgb
from stream_ae.scenes.actors import FPS
from stream_ae.sources.image_file import stills
from stream_ae.sources.image_folder import NOMINAL_FPS
from stream_ae.sources.image_listing import find_images
from stream_ae.sources.scene import SceneSource

SCENE_FRAMES = 2400
"""Frames of a scene, which has no end: all that it does once, and most of it twice."""

WARM_UP = 100
"""Frames that are not scored where no file says which are, or a quarter of a short stream."""

MOVING, LEFT_OUT = 255, (85, 170)
"""Labels: what moves; outside of what is looked at, and the border of a thing. All others stand
still: 0, and 50 for a hard shadow."""

_KNOWN = (0, 50, *LEFT_OUT, MOVING)
_SCENE = "scene:"


class Truth(NamedTuple):
    """What is known of one frame.

    Args:
        moving: the pixels that show something that moves, (H, W) bool.
        scored: the pixels that count, (H, W) bool.
    """

    moving: Mask
    scored: Mask


@dataclass(frozen=True, slots=True)
class LabelledStream:
    """A stream with the truth about it; frames have numbers from 1.

    Args:
        name: in tables and names of files.
        fps: frames a second.
        length: how many frames there are.
        first_scored: the first frame that is scored; all before it are only watched.
        picture: the frame of a number, (H, W, 3) uint8.
        truth: what is known of it.
    """

    name: str
    fps: float
    length: int
    first_scored: int
    picture: Callable[[int], Rgb]
    truth: Callable[[int], Truth]


def open_labelled(addresses: Iterable[str], *, frames: int | None = None) -> list[LabelledStream]:
    """Look up streams, so that what is wrong with one is said before any is measured.

    Args:
        addresses: folders, or ``scene:<name>``; a folder of such folders stands for all in it.
        frames: the most of each; None for all, and :data:`SCENE_FRAMES` of a scene.

    Raises:
        SourceError: there is no such folder or scene, or it is not laid out like that.
        ConfigError: too few frames to score one, or two streams have one name.
    """
    streams = [stream for address in addresses for stream in _opened(address, frames)]
    for name in (names := [stream.name for stream in streams]):
        if names.count(name) > 1:
            raise ConfigError(f"two streams are named {name!r} in the table; rename or drop one")
    return streams


def _opened(address: str, frames: int | None) -> Iterator[LabelledStream]:
    if address.startswith(_SCENE) and not Path(address).exists():
        yield _scene(address, length=frames or SCENE_FRAMES)
        return
    folder = Path(address).resolve()
    below = [folder] if _is_labelled(folder) else sorted(filter(_is_labelled, _entries(folder)))
    if not below:
        raise SourceError(
            f"cannot evaluate {address!r}: folders input and groundtruth were expected in it, got"
            " none; name a folder laid out as those of changedetection.net, or scene:<name>"
        )
    for each in below:
        yield _folder(each, frames)


def _entries(folder: Path) -> Sequence[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _is_labelled(folder: Path) -> bool:
    return all((folder / name).is_dir() for name in ("input", "groundtruth"))


def _scene(address: str, *, length: int) -> LabelledStream:
    try:
        source = SceneSource(address.removeprefix(_SCENE))
    except ValueError as error:
        raise SourceError(str(error)) from error

    def truth(number: int) -> Truth:
        moving = source.moving(number - 1)
        return Truth(moving, np.ones_like(moving))

    return LabelledStream(
        name=address,
        fps=FPS,
        length=length,
        first_scored=min(WARM_UP, max(length // 4, 1)),
        picture=lambda number: source.frame_at(number - 1),
        truth=truth,
    )


def _folder(folder: Path, frames: int | None) -> LabelledStream:
    inputs, labels = (find_images(str(folder / kind)).images for kind in ("input", "groundtruth"))
    if len(inputs) != len(labels):
        raise SourceError(
            f"cannot evaluate {str(folder)!r}: one label for each frame was expected, got"
            f" {len(labels)} for {len(inputs)} frames; is the data set whole?"
        )
    length = len(inputs)
    first, last = _scored(folder, length)
    length = min(last, frames or length)
    if first > length:
        raise ConfigError(
            f"{folder.name} is scored from frame {first} on, got {length} frames; ask for more"
        )
    region = _picture(folder / "ROI.bmp")[..., 0] > 0 if (folder / "ROI.bmp").exists() else None
    return LabelledStream(
        name=folder.name,
        fps=NOMINAL_FPS,
        length=length,
        first_scored=first,
        picture=lambda number: _picture(inputs[number - 1]),
        truth=partial(_truth, labels, region=region),
    )


def _scored(folder: Path, length: int) -> tuple[int, int]:
    """The first and the last frame that are scored."""
    path = folder / "temporalROI.txt"
    if not path.exists():
        return min(WARM_UP, max(length // 4, 1)), length
    words = path.read_text(encoding="utf-8", errors="replace").split()
    if len(words) != 2 or not all(word.isdecimal() for word in words):
        raise SourceError(
            f"{str(path)!r} must hold the numbers of two frames, got {' '.join(words)!r}; mend it"
        )
    first, last = map(int, words)
    return max(first, 1), min(last, length)


def _truth(labels: Sequence[Path], number: int, *, region: Mask | None) -> Truth:
    path = labels[number - 1]
    values = _picture(path)[..., 0]
    unknown = np.setdiff1d(values, _KNOWN)
    if unknown.size:
        raise SourceError(
            f"{str(path)!r} must hold the labels {', '.join(map(str, _KNOWN))}, got {unknown[0]};"
            " is it a mask of that kind?"
        )
    scored = ~np.isin(values, LEFT_OUT)
    if region is not None:
        if region.shape != scored.shape:
            raise SourceError(
                f"ROI.bmp must be of the size of {str(path)!r}, {scored.shape}, got {region.shape};"
                " is the data set whole?"
            )
        scored &= region
    return Truth(values == MOVING, scored)


def _picture(path: Path) -> Rgb:
    """The one picture of a file."""
    first = next(stills(path))
    if isinstance(first, Event):
        raise SourceError(first.text)
    return first.rgb
