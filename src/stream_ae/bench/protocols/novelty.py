"""How well frames with something novel are told from others, by one pass that learns all the time.

The usual measure is the area under the ROC curve over the frames of all test clips together. Here
nothing looks ahead: every frame is scored before it is learned, with no scaling over a clip, so
these figures can't be compared with those that most papers give.
"""

import time as clock
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from stream_ae.bench.rows import JSON, Row
from stream_ae.bench.seeing.auc import auc
from stream_ae.bench.seeing.clips import LabelledFrame, open_clips
from stream_ae.bench.seeing.score_picture import Scored, draw_scores
from stream_ae.bench.table import Column, metric
from stream_ae.detection.findings import Foreground, Novelty
from stream_ae.detection.foreground import ForegroundDetector
from stream_ae.detection.novelty import NoveltyDetector
from stream_ae.frame import Rgb
from stream_ae.learning.device import set_up
from stream_ae.learning.learner import StreamLearner
from stream_ae.nn.preprocessing import to_picture

COLUMNS: tuple[Column, ...] = (
    metric("AUC", "auc", width=6, digits=3),
    metric("AUC raw", "auc_raw", width=7, digits=3),
    metric("ms", "ms", width=6),
    metric("ms foreground", "ms_foreground", width=13),
)
"""The area under the ROC curve by the calibrated score and by the one before it was; milliseconds a
frame of novelty, and of the foreground that it needs."""


class _Contestant:
    """The detector, with the network's latents or without them."""

    def __init__(self, name: str, *, with_latents: bool) -> None:
        self.name, self._with_latents = name, with_latents
        self._detector, self._ms = NoveltyDetector(), list[float]()
        self.scored = list[Scored]()

    def watch(
        self,
        rgb: Rgb,
        labelled: LabelledFrame,
        *,
        foreground: Foreground,
        latent: NDArray[np.float32],
    ) -> None:
        """Score a frame, and keep that of a test frame."""
        start = clock.thread_time()
        found: Novelty = self._detector.update(
            rgb,
            foreground=foreground,
            time=labelled.frame.time,
            latent=latent if self._with_latents else None,
            is_first=labelled.frame.is_first,
        )
        self._ms.append(1000.0 * (clock.thread_time() - start))
        if labelled.is_novel is not None:
            self.scored.append(Scored(labelled.clip, labelled.is_novel, found.score, found.raw))

    def row(self) -> dict[str, JSON]:
        """What came of it."""
        scored, clips = self.scored, dict.fromkeys(each.clip for each in self.scored)
        return {
            "method": self.name,
            "test_frames": len(scored),
            "novel_frames": sum(each.is_novel for each in scored),
            "auc": _auc(scored),
            "auc_raw": auc([each.raw for each in scored], [each.is_novel for each in scored]),
            "auc_by_clip": {
                clip: _auc([each for each in scored if each.clip == clip]) for clip in clips
            },
            "ms": median(self._ms),
        }


def bench_novelty(folder: str, *, pictures: Path | None = None) -> Iterator[Row]:
    """A row with the network's latents, and one without them.

    Args:
        folder: with ``train``, ``test`` and ``test/labels.json`` in it.
        pictures: the folder for the scores as a picture; None for none.

    Raises:
        SourceError: it is not laid out like that, or a clip cannot be read.
    """
    clips = open_clips(folder)
    set_up(threads=1, seed=0)
    learner, detector = StreamLearner(seed=0, threads=1), ForegroundDetector()
    contestants = [
        _Contestant("with latents", with_latents=True),
        _Contestant("without latents", with_latents=False),
    ]
    spent: list[float] = []
    for labelled in clips.frames():
        frame, step = labelled.frame, learner.learn_one(labelled.frame)
        rgb = to_picture(step.target)
        start = clock.thread_time()
        foreground = detector.update(rgb, time=frame.time, is_first=frame.is_first)
        spent.append(1000.0 * (clock.thread_time() - start))
        latent = step.latent[0].numpy()
        for each in contestants:
            each.watch(rgb, labelled, foreground=foreground, latent=latent)
    if pictures is not None:
        path = pictures / f"novelty-{clips.name}.png"
        draw_scores(path, {each.name: each.scored for each in contestants})
    for each in contestants:
        yield {
            "source": clips.name,
            "frames": len(spent),
            **each.row(),
            "ms_foreground": median(spent),
        }


def _auc(scored: Sequence[Scored]) -> float | None:
    return auc([each.score for each in scored], [each.is_novel for each in scored])
