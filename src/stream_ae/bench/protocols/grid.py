"""Every optimizer at its best: a grid of rates for those that need one, searched on each stream."""

from collections.abc import Iterator

from stream_ae.bench.contestants import GRIDS, Contestant
from stream_ae.bench.over_seeds import over_seeds
from stream_ae.bench.protocol import Measurement, Protocol, Settings
from stream_ae.bench.streams import stream_name
from stream_ae.bench.table import metric, squared_error, to_reference, with_spread
from stream_ae.bench.tuning import RATE, TRIES, run_at_rate, tune
from stream_ae.sources.concat import Piece


def _plan(settings: Settings) -> Iterator[Measurement]:
    for source, contestant in settings.pairs():
        yield _row(source, contestant, settings=settings)


def _row(source: str, contestant: Contestant, *, settings: Settings) -> Measurement:
    pieces = (Piece(source, 0, settings.length),)
    tuned = yield from tune(contestant, pieces, settings=settings, run=run_at_rate)
    return {
        "source": stream_name(source),
        "optimizer": contestant.text,
        "frames": settings.frames,
        **tuned.row,
        **over_seeds(tuned.runs),
    }


PROTOCOL = Protocol(
    name="grid",
    description="How well does every optimizer learn at its best learning rate (lr)? Each rate of"
    " its grid is tried with one network, the best then with all. A star means that the best was"
    " the lowest or the highest, so a better one may lie outside.",
    columns=(
        RATE,
        with_spread(),
        to_reference(),
        squared_error("last 50", "last_50_mse", width=7),
        metric("ssim", "last_50_ssim", width=5, digits=3),
        TRIES,
    ),
    defaults=Settings(("bounded", *GRIDS)),
    plan=_plan,
)
"""``name`` is tried at each rate of its grid (:data:`~stream_ae.bench.contestants.GRIDS`);
``name:lr`` is taken as it is."""
