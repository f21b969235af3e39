"""All that watching compiles, compiled before the first frame by two other processes at once.

A made-up scene is watched, in which everything happens. Where all is kept from an earlier run, that
is the whole of it: a third of a second, mostly to read loops that the stream needs anyway. Not by
this process, which would hold 150 MiB of what the compiler leaves behind until its end.
"""

import sys
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch

from stream_ae.detection.events import EventDetector
from stream_ae.detection.findings import Foreground, SceneChange
from stream_ae.detection.foreground import ForegroundDetector
from stream_ae.detection.novelty import NoveltyDetector
from stream_ae.frame import Frame, Rgb
from stream_ae.kernels.ahead import beside_another
from stream_ae.kernels.jit import Loop, compilations
from stream_ae.kernels.lighting import are_equal
from stream_ae.kernels.once import once
from stream_ae.learning.watcher import Watcher
from stream_ae.nn.preprocessing import to_tensor

_SIDE, _FRAMES = 64, 72  # pixels and frames: about as small and as short as all happens in
_EACH = 0.25  # seconds, so that what takes seconds is there after few frames
_ABSORB = 12.0  # seconds: what stays is a thing until the light changes
_COMES, _STOPS, _LIT, _CUT = 24, 34, 56, 64  # frames; so late that the scene is known
_LATENT = (16, _SIDE // 8, _SIDE // 8)


class _Moment(NamedTuple):
    rgb: Rgb
    time: float
    change: SceneChange | None


def compile_watching() -> None:
    """Compile what watching needs and is not kept from an earlier run."""
    with once("watching") as is_first:
        with compilations() as seen:  # a short one tells
            are_equal(*(np.zeros((_SIDE, _SIDE, 3), np.uint8) for _ in range(2)))
        if seen and is_first and Loop.are_kept:
            with beside_another(__name__, "foreground"), beside_another(__name__, "rest"):
                pass
    watcher, latent = Watcher(absorb=_ABSORB), torch.zeros(1, *_LATENT)
    for index, moment in enumerate(_scene()):
        image = to_tensor(moment.rgb, size=(_SIDE, _SIDE))
        frame = Frame(moment.rgb, index=index, time=moment.time, image=image)
        watcher.watch_one(frame, latent=latent)


def _find_foreground() -> None:
    detector = ForegroundDetector(absorb=_ABSORB)
    for moment in _scene():
        detector.update(moment.rgb, time=moment.time)


def _find_the_rest() -> None:
    """All but the foreground, which is made up, too."""
    novelty, events, latent = NoveltyDetector(), EventDetector(), np.zeros(_LATENT, np.float32)
    wall = next(_scene()).rgb
    for number, (rgb, time, change) in enumerate(_scene(), 1):
        mask = np.abs(rgb.astype(np.int16) - wall).sum(2) > 60
        found = Foreground(mask, wall, 2.0, change=change)
        rare = novelty.update(rgb, foreground=found, time=time, latent=latent)
        events.update(rgb, number=number, time=time, foreground=found, novelty=rare)


def _scene() -> Iterator[_Moment]:
    """A thing with a shadow comes and stays, then the light changes, and then the scene."""
    rng = np.random.default_rng(0)
    wall, other = (rng.integers(40, 200, (_SIDE, _SIDE, 3)) for _ in range(2))
    for index in range(_FRAMES):
        rgb = (wall if index < _CUT else other) + rng.normal(0.0, 2.0, wall.shape)
        if index >= _COMES:
            left = min(index, _STOPS)
            rgb[23:46, left : left + 17] = (200, 40, 40)
            rgb[46:51, left : left + 17] *= 0.6  # its shadow
        if index >= _LIT:
            rgb *= 1.25
        changes: dict[int, SceneChange] = {_LIT: "light_switched", _CUT: "cut"}
        levels = rgb.clip(0, 255).astype(np.uint8)
        yield _Moment(levels, index * _EACH, changes.get(index))


if __name__ == "__main__":
    _find_foreground() if sys.argv[1] == "foreground" else _find_the_rest()
