"""A stream of many scenes, without a reset: what learns single clips well may collapse at a cut.

Every scene is shown for 200 frames, then the next, then all of them again. A network has collapsed
where it has had a scene for so long and still paints it far worse than one that saw nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from statistics import fmean
from typing import Any

from stream_ae.bench.contestants import Entrant, read_entrants
from stream_ae.bench.pool import Workers
from stream_ae.bench.streams import (
    MANY,
    SEGMENT,
    check_streams,
    pieces_of,
    scenes_of,
    stream_name,
)
from stream_ae.bench.summary import HEAD, Row, cell, figures_of, head_of, over_seeds
from stream_ae.bench.trial import TAIL, Objective, Result, Trial, learn
from stream_ae.bench.tuning import TrialOf, tune
from stream_ae.sources.concat import Piece

VISITS, SEEDS = 2, 5
"""How often each scene is shown, and fresh networks for each row, unless said otherwise."""

OPTIMIZERS = ("bounded", "adam")
"""What is compared unless said otherwise."""

WORSE, GOOD = 5.0, 1e-3
"""A network has collapsed if at the end of a scene its error is more than 5 times that of a fresh
network after as many frames of the scene, and above 0.001 (30 dB, a picture without visible faults:
on a scene that is nearly empty, 5 times nearly nothing is nothing to speak of)."""

HEADER = (
    f"{HEAD}  {'lr':>8}  {'mse × 1000':>15}  {'1st visit':>9}  {'last':>6}  {'worst':>6}  collapsed"
)
"""Names of the columns of :func:`as_line`."""


def bench_scenes(
    sources: Sequence[str] = (MANY,),
    optimizers: Sequence[str] = OPTIMIZERS,
    *,
    frames: int | None = None,
    repeats: int = SEEDS,
    objective: Objective = "full",
    jobs: int = 1,
    segment: int = SEGMENT,
) -> Iterator[Row]:
    """One row for each optimizer, over all sources together.

    Args:
        sources: streams, by address, each a scene; ``scene:cuts`` is ten.
        optimizers: ``name``, tried at each rate of its grid if it has one
            (:data:`~stream_ae.bench.contestants.GRIDS`), or ``name:lr``, taken as it is.
        frames: of the whole; None shows each scene twice.
        repeats: fresh networks at the best rate, seeded 0, 1, …; the rates are tried on seed 0.
        objective: what training minimises.
        jobs: runs at a time; above 1 each has a process and one thread.
        segment: frames of a visit.

    Raises:
        ConfigError: an optimizer cannot be had.
        SourceError: a stream cannot be opened.
    """
    check_streams(sources)
    entrants = read_entrants(optimizers)
    scenes = scenes_of(sources, segment=segment)
    total = VISITS * len(scenes) * segment if frames is None else frames
    pieces = pieces_of(scenes, frames=total, segment=segment)
    with Workers(jobs) as workers:
        for entrant in entrants:
            trial_of = _trials(pieces, entrant, objective=objective)
            tuned = tune(entrant, trial_of, repeats=repeats, workers=workers)
            row = over_seeds([_figures(result) for result in tuned.results])
            if not row["diverged"]:
                best = tuned.results[0].trial
                alone = workers.each(
                    partial(learn, Trial((piece,), best.optimizer, best.lr, 0, objective))
                    for piece in pieces[: len(scenes)]
                )
                row |= _compared(tuned.results, list(alone))
            yield {
                "source": " + ".join(map(stream_name, sources)),
                "optimizer": entrant.text,
                "frames": total,
                "segment": segment,
                "scenes": len(scenes),
                **tuned.row,
                **row,
            }


def as_line(row: Mapping[str, Any]) -> str:
    """A row for the terminal: errors × 1000; worst: the end of a scene over a fresh network's."""
    if row["diverged"]:
        return f"{head_of(row)}  diverged"
    rate = f"{row['lr']:g}{'*' if row['edge'] else ''}"
    seeds = row["collapsed_seeds"]
    return (
        f"{head_of(row)}  {rate:>8}  {cell(row['mse'], 7, times=1000)} ±"
        f" {cell(row['mse_spread'], 5, times=1000)}"
        f"  {cell(row['first_visit_mse'], 9, times=1000)}"
        f"  {cell(row['last_visit_mse'], 6, times=1000)}  {cell(row['worst_ratio'], 6)}"
        f"  {', '.join(f'seed {seed}' for seed in seeds) if seeds else 'no'}"
    )


def _trials(pieces: tuple[Piece, ...], entrant: Entrant, *, objective: Objective) -> TrialOf:
    def trial_of(lr: float | None, seed: int) -> Trial:
        return Trial(pieces, entrant.name, lr, seed, objective)

    return trial_of


def _by_segment(result: Result) -> list[list[float]]:
    """The errors of each visit to a scene."""
    length = result.trial.pieces[0].frames
    return [result.mse[start : start + length] for start in range(0, len(result.mse), length)]


def _figures(result: Result) -> Row:
    """What one seed gives."""
    row = figures_of(result)
    if result.diverged:
        return row
    del row["curve"]
    segments = _by_segment(result)
    return {
        **row,
        "segments_mse": [fmean(part) for part in segments],
        "segments_last_50_mse": [fmean(part[-TAIL:]) for part in segments],
    }


def _compared(results: Sequence[Result], alone: Sequence[Result]) -> Row:
    """First visit against last, and every scene's end against a network that saw nothing else."""
    fresh = [None if one.diverged else fmean(one.mse[-TAIL:]) for one in alone]
    length, scenes = alone[0].trial.pieces[0].frames, len(alone)
    whole = [[part for part in _by_segment(one) if len(part) == length] for one in results]
    ratios, collapsed = [], []
    for seed, parts in enumerate(whole):
        ends = [fmean(part[-TAIL:]) for part in parts]
        pairs = [(end, fresh[number % scenes]) for number, end in enumerate(ends)]
        ratios += [end / level for end, level in pairs if level]
        if any(end > max(WORSE * (level or 0.0), GOOD) for end, level in pairs):
            collapsed.append(seed)
    last = len(whole[0]) // scenes - 1  # the last visit to all scenes
    return {
        "fresh_last_50_mse": fresh,
        "worst_ratio": max(ratios, default=None),
        "collapsed": bool(collapsed),
        "collapsed_seeds": collapsed,
        "first_visit_mse": _visit(whole, 0, scenes=scenes),
        "last_visit_mse": _visit(whole, max(last, 0), scenes=scenes),
    }


def _visit(whole: Sequence[Sequence[Sequence[float]]], number: int, *, scenes: int) -> float:
    """The mean over one visit to all scenes, of all seeds."""
    return fmean(
        error
        for parts in whole
        for part in parts[number * scenes : (number + 1) * scenes]
        for error in part
    )
