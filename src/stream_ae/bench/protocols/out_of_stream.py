"""What a network has learned of a stream, shown on frames that it has not seen.

In-stream metrics let learning help from frame to frame. Here it is switched off: most of a stream
is learned, the network is frozen, and the rest is scored, and so is that of every other stream.
"""

import math
from collections.abc import Iterator, Sequence
from functools import partial

from stream_ae.bench.over_seeds import metrics_of
from stream_ae.bench.protocol import Measurement, Protocol, Settings, seeds_row
from stream_ae.bench.rows import Row, numbers, texts
from stream_ae.bench.streams import length_of, stream_name
from stream_ae.bench.table import Column, cell, metric, squared_error, with_spread
from stream_ae.bench.trial import Trial, follow, fresh, score
from stream_ae.errors import ConfigError
from stream_ae.sources.concat import Piece

LEARNED = 0.8
"""Share of the frames that is learned; the rest is held out."""

_LEAST = 5  # frames, so that one is held out


def _plan(settings: Settings) -> Iterator[Measurement]:
    parts = {source: _parts(source, settings.length) for source in settings.sources}
    for source, contestant in settings.pairs():
        learned, held_out = parts[source]
        others = [other for other in settings.sources if other != source]
        elsewhere = [parts[other][1] for other in others]
        about: Row = {
            "source": stream_name(source),
            "optimizer": contestant.text,
            "frames": learned.frames + held_out.frames,
            "frames_learned": learned.frames,
            "others": [stream_name(other) for other in others],
        }
        trials = settings.trials((learned,), contestant)
        tasks = [partial(_measure, trial, held_out, others=elsewhere) for trial in trials]
        yield seeds_row(about, tasks)


def _parts(source: str, frames: int) -> tuple[Piece, Piece]:
    """What is learned of a stream, and what is held out."""
    length = length_of(source)
    total = frames if length is None else min(frames, length)
    if total < _LEAST:
        raise ConfigError(
            f"out-of-stream needs {_LEAST} frames or more of a stream, got {total} of"
            f" {stream_name(source)!r}; take more --frames or a longer stream"
        )
    learned = int(LEARNED * total)
    return Piece(source, 0, learned), Piece(source, learned, total - learned)


def _measure(trial: Trial, held_out: Piece, *, others: Sequence[Piece]) -> Row:
    """Learn, freeze, and score what was held out."""
    learner = fresh(trial)
    learned = metrics_of(follow(learner, trial))
    if learned["diverged"]:
        return learned
    here = score(learner, [held_out])
    elsewhere = [score(learner, [other])["mse"] for other in others]
    if here["mse"] is None or not math.isfinite(here["mse"]):
        return {"diverged": True}  # the last step did it, and no frame came after it
    return {
        "diverged": False,
        **here,
        "in_stream_mse": learned["mse"],
        "last_50_mse": learned["last_50_mse"],
        "last_50_ssim": learned["last_50_ssim"],
        "others_mse": elsewhere,
    }


def _other_streams(row: Row) -> str:
    """The errors on frames of the other streams, for a table."""
    pairs = zip(texts(row, "others"), numbers(row, "others_mse"), strict=True)
    return "  ".join(f"{name} {cell(mse, times=1000)}" for name, mse in pairs)


PROTOCOL = Protocol(
    name="out-of-stream",
    description="What does the network know of frames that it has never seen? It learns the first"
    " 80 % of a stream (in-stream, last 50) and is then frozen. Held out, with its SSIM, is the"
    " error on the last 20 %, copy that of a copy of the frame before on the same frames. Other"
    " streams were never seen at all.",
    columns=(
        with_spread("held out × 1000"),
        metric("ssim", "ssim", width=5, digits=3),
        squared_error("in-stream", "in_stream_mse", width=9),
        squared_error("last 50", "last_50_mse", width=7),
        squared_error("copy", "copy_last_frame", width=6),
        Column("other streams", _other_streams),
    ),
    defaults=Settings(("bounded", "adam:0.003", "adam:0.01")),
    plan=_plan,
)
"""Of a stream shorter than ``frames`` all its frames are taken, and none twice."""
