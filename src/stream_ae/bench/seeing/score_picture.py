"""The score of novelty over all test frames as one picture, beside what is true of them."""

import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, TypeVar

from stream_ae.errors import MissingExtraError
from stream_ae.storage.atomic import write_atomically

_Value = TypeVar("_Value")

_SIZE = (11.0, 3.2)  # inches
_COLOURS = ("#0072B2", "#D55E00")  # Okabe and Ito 2008: told apart with any kind of colour vision
_ABNORMAL = "#e6e6e6"


class Scored(NamedTuple):
    """A test frame, what is true of it, and what is said.

    Args:
        clip: the file that it comes from.
        is_novel: whether something abnormal is in it.
        score: calibrated, in [0, 1].
        raw: before it was calibrated.
    """

    clip: str
    is_novel: bool
    score: float
    raw: float


def draw_scores(path: Path, scores: Mapping[str, Sequence[Scored]]) -> None:
    """Draw a line for each method over the test frames; those with something abnormal are grey.

    Args:
        path: of the picture (PNG).
        scores: by the method's name, all of the same frames, at least one.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OSError: the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", purpose="a chart", extra="report") from error
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    frames = next(iter(scores.values()))
    for is_novel, first, last in runs([frame.is_novel for frame in frames]):
        if is_novel:
            axes.axvspan(first, last, color=_ABNORMAL, linewidth=0)
    for clip, first, _ in runs([frame.clip for frame in frames]):
        axes.axvline(first, color="#999999", linewidth=0.6)
        axes.text(first + 2, 1.02, clip, fontsize=7, parse_math=False)
    for (name, scored), colour in zip(scores.items(), _COLOURS, strict=False):
        axes.plot([frame.score for frame in scored], label=name, color=colour, linewidth=0.9)
    axes.set_xlim(0, len(frames))
    axes.set_ylim(0, 1.1)
    axes.set_xlabel("test frame (grey: something abnormal is in it)", fontsize=8)
    axes.set_ylabel("novelty", fontsize=8)
    axes.tick_params(length=0, labelsize=8)
    axes.legend(loc="lower right", fontsize=8)
    drawing = io.BytesIO()
    figure.savefig(drawing, format="png", dpi=110)
    write_atomically(path, drawing.getvalue())


def runs(values: Sequence[_Value]) -> Iterator[tuple[_Value, int, int]]:
    """Equal neighbours as (value, first position, the one after the last).

    >>> list(runs("aab"))
    [('a', 0, 2), ('b', 2, 3)]
    """
    first = 0
    for value, group in groupby(values):
        last = first + len(list(group))
        yield value, first, last
        first = last
