"""A stream of many scenes, without a reset: what learns single clips well may collapse at a cut.

Every scene is shown for 200 frames, then the next, then all of them again. A network has collapsed
where it has had a scene for that long and still reconstructs it far worse than one that saw nothing
else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from statistics import fmean

from stream_ae.bench.contestants import Contestant
from stream_ae.bench.over_seeds import metrics_of, over_seeds, without
from stream_ae.bench.protocol import Measurement, Protocol, Settings
from stream_ae.bench.rows import Row, diverged, numbers
from stream_ae.bench.streams import MANY, Scene, joined_name, pieces_of, scenes_of
from stream_ae.bench.table import Column, metric, squared_error, with_spread
from stream_ae.bench.trial import TAIL, Trial, learn
from stream_ae.bench.tuning import LR, RATE, rate_of, tune

VISITS, SEEDS = 2, 5
"""How often each scene is shown, and fresh networks for each row, unless said otherwise."""

WORSE, GOOD = 5.0, 1e-3
"""A network has collapsed if at the end of a scene its error is more than 5 times that of a fresh
network after as many frames of the scene, and above 0.001 (30 dB, a picture without visible faults:
on a scene that is nearly empty, 5 times nearly nothing is nothing to speak of)."""


def _plan(settings: Settings) -> Iterator[Measurement]:
    scenes = scenes_of(settings.sources, segment=settings.segment)
    for contestant in settings.contestants():
        yield _row(contestant, scenes, settings=settings)


def _row(contestant: Contestant, scenes: Sequence[Scene], *, settings: Settings) -> Measurement:
    """Find the best rate, measure it on all seeds, and each scene with a fresh network as well."""
    segment = settings.segment
    frames = VISITS * len(scenes) * segment if settings.frames is None else settings.frames
    pieces = pieces_of(scenes, frames=frames, segment=segment)
    tuned = yield from tune(contestant, pieces, settings=settings, run=_measure)
    row = over_seeds(tuned.runs)
    if tuned.trial is not None and not diverged(row):
        first_visit = pieces[: len(scenes)]
        alone = [replace(tuned.trial, pieces=(piece,)) for piece in first_visit]
        fresh = yield [partial(_measure, trial) for trial in alone]
        complete = sum(piece.frames == pieces[0].frames for piece in pieces)
        row = {**row, **_compared(tuned.runs, fresh, complete=complete)}
    return {
        "source": joined_name(settings.sources),
        "optimizer": contestant.text,
        "frames": frames,
        "segment": segment,
        "scenes": len(scenes),
        **tuned.row,
        **row,
    }


def _measure(trial: Trial) -> Row:
    """What one seed gives: its metrics, and the error of each visit and of its end."""
    result = learn(trial)
    row: Row = {LR: rate_of(result), **without(metrics_of(result), "curve")}
    if result.diverged:
        return row
    length, errors = trial.pieces[0].frames, result.mse
    visits = [errors[start : start + length] for start in range(0, len(errors), length)]
    return {
        **row,
        "segments_mse": [fmean(visit) for visit in visits],
        "segments_last_50_mse": [fmean(visit[-TAIL:]) for visit in visits],
    }


def _compared(runs: Sequence[Row], fresh: Sequence[Row], *, complete: int) -> Row:
    """First visit against last, and every scene's end against a network that saw nothing else.

    Args:
        runs: those of the whole stream, by seed.
        fresh: those of each scene alone.
        complete: visits that were not cut short; the others are not judged.
    """
    levels = [None if diverged(run) else numbers(run, "segments_last_50_mse")[0] for run in fresh]
    ratios: list[float] = []
    collapsed = []
    for seed, run in enumerate(runs):
        ends = _floats(run, "segments_last_50_mse")[:complete]
        pairs = [(end, levels[visit % len(levels)]) for visit, end in enumerate(ends)]
        ratios += [end / level for end, level in pairs if level]
        if any(end > max(WORSE * (level or 0.0), GOOD) for end, level in pairs):
            collapsed.append(seed)
    last = max(complete // len(levels) - 1, 0) * len(levels)  # the last visit to all scenes
    visits = [_floats(run, "segments_mse")[:complete] for run in runs]
    return {
        "fresh_last_50_mse": levels,
        "worst_ratio": max(ratios, default=None),
        "collapsed": bool(collapsed),
        "collapsed_seeds": collapsed,
        "first_visit_mse": fmean(mse for each in visits for mse in each[: len(levels)]),
        "last_visit_mse": fmean(mse for each in visits for mse in each[last : last + len(levels)]),
    }


def _floats(row: Row, key: str) -> list[float]:
    """A list of numbers that are all there."""
    return [value for value in numbers(row, key) if value is not None]


def _collapsed(row: Row) -> str:
    """The seeds that collapsed, for a table."""
    return ", ".join(f"seed {seed}" for seed in numbers(row, "collapsed_seeds")) or "no"


PROTOCOL = Protocol(
    name="scenes",
    description="Does learning collapse at a cut? All sources become one stream, 200 frames of each"
    " in turn without a reset, then all again from where each was left. 1st visit and last are the"
    " squared errors × 1000 over the first and the last visit to all scenes. Worst is the largest"
    " error at the end of a visit over that of a fresh network after as many frames of the same"
    " scene; above 5 the network has collapsed, unless the error is under 0.001.",
    columns=(
        RATE,
        with_spread(),
        squared_error("1st visit", "first_visit_mse", width=9),
        squared_error("last", "last_visit_mse", width=6),
        metric("worst", "worst_ratio", width=6),
        Column("collapsed", _collapsed),
    ),
    defaults=Settings(("bounded", "adam"), sources=(MANY,), frames=None, repeats=SEEDS),
    plan=_plan,
)
"""One row for each optimizer, over all sources together, each a scene; ``scene:cuts`` is ten."""
