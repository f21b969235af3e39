"""What is left of a stream after another one was learned: A, then B, then A again."""

from collections.abc import Iterator
from functools import partial
from itertools import product
from statistics import fmean

from stream_ae.bench.over_seeds import metrics_of
from stream_ae.bench.protocol import Measurement, Protocol, Settings, seeds_row
from stream_ae.bench.rows import Row
from stream_ae.bench.streams import stream_name
from stream_ae.bench.table import squared_error
from stream_ae.bench.trial import TAIL, Trial, follow, fresh, score
from stream_ae.sources.concat import Piece

FRAMES = 300
"""Of each of the three parts, unless said otherwise."""


def _plan(settings: Settings) -> Iterator[Measurement]:
    first, *others = settings.sources
    pairs = zip(settings.sources, [*others, first], strict=True)
    for (here, there), contestant in product(pairs, settings.contestants()):
        frames = settings.length
        pieces = (Piece(here, 0, frames), Piece(there, 0, frames), Piece(here, frames, frames))
        about: Row = {
            "source": f"{stream_name(here)} → {stream_name(there)}",
            "optimizer": contestant.text,
            "frames": frames,
        }
        trials = settings.trials(pieces, contestant)
        yield seeds_row(about, [partial(_measure, trial) for trial in trials])


def _measure(trial: Trial) -> Row:
    """Learn A and B, score A without learning, then learn it again."""
    here, there, again = trial.pieces
    tail = min(TAIL, here.frames)
    learner = fresh(trial)
    first = follow(learner, trial, frames=here.frames)
    if first.diverged:
        return {"diverged": True}
    other = follow(learner, trial, frames=here.frames + there.frames)
    if other.diverged:
        return {"diverged": True}
    frozen = score(learner, [Piece(again.address, again.start, tail)])
    back = follow(learner, trial)
    if back.diverged:
        return {"diverged": True}
    return {
        "diverged": False,
        "mse": fmean(first.mse + other.mse + back.mse),
        "first_mse": fmean(first.mse[:tail]),
        "before_mse": fmean(first.mse[-tail:]),
        "other_mse": fmean(other.mse[-tail:]),
        "frozen_mse": frozen["mse"],
        "return_mse": back.mse[0],
        "back_mse": fmean(back.mse[:tail]),
        "last_50_mse": fmean(back.mse[-tail:]),
        "last_50_ssim": metrics_of(back)["last_50_ssim"],
    }


PROTOCOL = Protocol(
    name="forgetting",
    description="What is left of stream A after stream B was learned? A is learned, then B, then A"
    " from where it was left, 300 frames each; every column is the squared error × 1000 over 50"
    " frames. *A frozen* is on coming back, before anything is learned again: nothing is forgotten"
    " if it is *A before*. *A again* is the first frame of that while learning goes on, which"
    " takes up what it knew of a place; it is one frame. *A back* is the same frames while they are"
    " learned: something is left if it is under *A first*.",
    columns=(
        squared_error("A first", "first_mse", width=8),
        squared_error("A before", "before_mse", width=8),
        squared_error("B", "other_mse", width=8),
        squared_error("A frozen", "frozen_mse", width=8),
        squared_error("A again", "return_mse", width=8),
        squared_error("A back", "back_mse", width=8),
        squared_error("A end", "last_50_mse", width=8),
    ),
    defaults=Settings(("bounded", "adam:0.003", "adam:0.01"), frames=FRAMES),
    plan=_plan,
    least_sources=2,
)
"""A row for each pair of neighbours among the sources; the last and the first are neighbours."""
