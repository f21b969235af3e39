"""Whether a network that has learned much still learns fast.

It may not: Dohare et al. 2024, "Loss of plasticity in deep continual learning". A stream cuts from
scene to scene twenty times. On each, the network that has seen all before is compared with one that
has seen nothing: which needs fewer frames to get to twice the error that it ends at?
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from statistics import fmean, median

from stream_ae.bench.contestants import Contestant
from stream_ae.bench.over_seeds import mean_of, metrics_of, without
from stream_ae.bench.protocol import Measurement, Protocol, Settings, seeds_row
from stream_ae.bench.rows import Row, diverged, numbers
from stream_ae.bench.streams import MANY, joined_name, pieces_of, scenes_of
from stream_ae.bench.table import metric, series, squared_error
from stream_ae.bench.trial import TAIL, Trial, learn
from stream_ae.errors import ConfigError
from stream_ae.sources.concat import Piece

CUTS = 20
"""Cuts of the stream, unless said otherwise."""


def _plan(settings: Settings) -> Iterator[Measurement]:
    segment = settings.segment
    frames = (CUTS + 1) * segment if settings.frames is None else settings.frames
    scenes = scenes_of(settings.sources, segment=segment)
    pieces = pieces_of(scenes, frames=frames, segment=segment)
    if len(pieces) < 2:
        raise ConfigError(
            f"plasticity needs a cut, so more than {segment} frames, got {frames};"
            " take more --frames"
        )
    for contestant in settings.contestants():
        yield _row(contestant, pieces, settings=settings)


def _row(contestant: Contestant, pieces: tuple[Piece, ...], *, settings: Settings) -> Measurement:
    about: Row = {
        "source": joined_name(settings.sources),
        "optimizer": contestant.text,
        "frames": sum(piece.frames for piece in pieces),
        "segment": settings.segment,
    }
    trials = settings.trials(pieces, contestant)
    row = yield from seeds_row(about, [partial(_measure, trial) for trial in trials])
    return row if diverged(row) else {**row, **_ratios(row)}


def frames_needed(mse: Sequence[float]) -> int:
    """Frames until the error is at most twice what it is at the end (mean of the last 50).

    >>> frames_needed([9.0, 4.0, 2.0] + 50 * [1.0])
    3
    """
    level = 2.0 * fmean(mse[-TAIL:])
    return next(number for number, error in enumerate(mse, 1) if error <= level)


def _measure(trial: Trial) -> Row:
    """What one seed gives: of each scene, how many frames were needed and where it ended.

    The whole stream is learned by one network, and then each scene by a fresh one of the same seed.
    """
    whole = learn(trial)
    alone = [learn(replace(trial, pieces=(piece,))) for piece in trial.pieces]
    if whole.diverged or any(result.diverged for result in alone):
        return {"diverged": True}
    parts: list[list[float]] = []
    for piece in trial.pieces:
        began = sum(map(len, parts))
        parts.append(whole.mse[began : began + piece.frames])
    return {
        **without(metrics_of(whole), "curve"),
        "needed": [frames_needed(part) for part in parts],
        "needed_fresh": [frames_needed(result.mse) for result in alone],
        "final_mse": [mean_of(part[-TAIL:]) for part in parts],
        "final_mse_fresh": [mean_of(result.mse[-TAIL:]) for result in alone],
    }


def _ratios(row: Row) -> Row:
    """The continuing network over the fresh ones; on the first scene they are the same network."""
    needed, final = (
        [
            ours / fresh
            for ours, fresh in zip(numbers(row, key), numbers(row, f"{key}_fresh"), strict=True)
            if ours is not None and fresh is not None
        ][1:]
        for key in ("needed", "final_mse")
    )
    return {"ratios": needed, "ratio": median(needed), "final_ratio": median(final)}


PROTOCOL = Protocol(
    name="plasticity",
    description="Is the tenth scene learned as fast as the first? The stream cuts to another scene"
    " every 200 frames. On each scene the network that has seen all before is compared with a fresh"
    " one: how many frames does each need to get to twice its own final error? The ratio is the one"
    " over the other, and final that of the final errors; at 1 or less nothing of the ability to"
    " learn is lost.",
    columns=(
        squared_error("mse × 1000", "mse", width=10),
        metric("median ratio", "ratio", width=12),
        metric("final", "final_ratio", width=6),
        series("ratio after each cut", "ratios", digits=1),
    ),
    defaults=Settings(("bounded",), sources=(MANY,), frames=None),
    plan=_plan,
)
"""One row for each optimizer, over all sources together, each a scene; ``scene:cuts`` is ten."""
