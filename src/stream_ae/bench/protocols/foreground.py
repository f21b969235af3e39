"""How well foreground is told from background, beside OpenCV's methods on the same frames."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean, median

import numpy as np

from stream_ae.bench.rows import JSON, Row, maybe
from stream_ae.bench.seeing import filters
from stream_ae.bench.seeing.counts import Counts
from stream_ae.bench.seeing.labelled import LabelledStream, Truth, open_labelled
from stream_ae.bench.seeing.mask_pictures import row_of, write_picture
from stream_ae.bench.seeing.methods import METHODS, OURS, check_methods, method
from stream_ae.bench.table import Column, metric
from stream_ae.detection.findings import Mask
from stream_ae.frame import Rgb

PICTURES = 4
"""Frames that are drawn of each stream, evenly spread over those that are scored."""

COLUMNS: tuple[Column, ...] = (
    metric("F", "f", width=6, digits=3),
    metric("precision", "precision", width=9, digits=3),
    metric("recall", "recall", width=6, digits=3),
    metric("F median", "f_median", width=8, digits=3),
    metric("F closing", "f_closing", width=9, digits=3),
    metric("ms", "ms", width=6),
)
"""F, precision and recall of the masks as they come; F after a median, and after a closing too."""


def bench_foreground(
    addresses: Sequence[str],
    *,
    methods: Sequence[str] = METHODS,
    frames: int | None = None,
    pictures: Path | None = None,
) -> Iterator[Row]:
    """A row for each stream and method; with several streams, the means of each method at the end.

    All methods are shown the same frames in one pass, from the first one on.

    Args:
        addresses: folders with truth, or ``scene:<name>``.
        methods: what is compared.
        frames: the most of each stream; None for all.
        pictures: the folder for masks side by side; None for none.

    Raises:
        SourceError: a stream cannot be read, or is not laid out as it should be.
        ConfigError: there is no such method, or too few frames.
        MissingExtraError: OpenCV is needed, and not installed.
    """
    check_methods(methods)
    done: list[Row] = []
    for stream in open_labelled(addresses, frames=frames):
        rows = _measure(stream, methods, pictures)
        yield from rows
        done += rows
    if len(done) > len(methods):
        for name in methods:
            yield _mean([row for row in done if row["method"] == name])


class _Score:
    """One method on one stream, as far as it has come."""

    def __init__(self, name: str) -> None:
        self.name, self.method = name, method(name)
        self._raw = self._median = self._closing = Counts()
        self._ms: list[float] = []

    def watch(self, rgb: Rgb, *, time: float) -> Mask:
        """The mask of the next frame."""
        found = self.method.find(rgb, time=time)
        self._ms.append(found.ms)
        return found.mask

    def score(self, mask: Mask, truth: Truth) -> Mask:
        """Count a mask, and what two filters make of it; gives the one to be drawn."""
        smooth = filters.median(mask)
        whole = filters.closed(smooth)
        self._raw += Counts.of(mask, truth)
        self._median += Counts.of(smooth, truth)
        self._closing += Counts.of(whole, truth)
        return mask if self.name == OURS else whole

    def row(self) -> dict[str, JSON]:
        """What came of it."""
        return {
            "method": self.name,
            "f": self._raw.f,
            "precision": self._raw.precision,
            "recall": self._raw.recall,
            "f_median": self._median.f,
            "f_closing": self._closing.f,
            "ms": median(self._ms),
        }


def _measure(stream: LabelledStream, methods: Sequence[str], pictures: Path | None) -> list[Row]:
    """Show all methods a stream, once."""
    scores = [_Score(name) for name in methods]
    drawn = set(np.linspace(stream.first_scored, stream.length, PICTURES + 2)[1:-1].astype(int))
    rows: list[Rgb] = []
    for number in range(1, stream.length + 1):
        rgb = stream.picture(number)
        masks = [each.watch(rgb, time=(number - 1) / stream.fps) for each in scores]
        if number < stream.first_scored:
            continue
        truth = stream.truth(number)
        shown = [each.score(mask, truth) for each, mask in zip(scores, masks, strict=True)]
        if number in drawn:
            rows.append(row_of(rgb, shown, truth=truth))
    if pictures is not None and rows:
        path = pictures / f"foreground-{stream.name.replace(':', '-')}.png"
        write_picture(path, rows, names=["frame", "truth", *methods])
    about: Row = {
        "source": stream.name,
        "frames": stream.length,
        "scored": stream.length - stream.first_scored + 1,
    }
    return [{**about, **each.row()} for each in scores]


def _mean(rows: Sequence[Row]) -> Row:
    """The plain means over the streams; of what a stream does not have there is none."""
    kept = ("f", "precision", "recall", "f_median", "f_closing", "ms")
    values = {key: [maybe(row, key) for row in rows] for key in kept}
    means = {
        key: None if None in found else fmean(value for value in found if value is not None)
        for key, found in values.items()
    }
    return {"source": f"mean of {len(rows)}", "method": rows[0]["method"], **means}
