"""How much a rate matters: every optimizer at rates over four orders of magnitude."""

from collections.abc import Iterator
from functools import partial
from itertools import product

from stream_ae.bench.contestants import Contestant
from stream_ae.bench.protocol import Measurement, Protocol, Settings, seeds_row
from stream_ae.bench.protocols.in_stream import measure_metrics
from stream_ae.bench.rows import Row, numbers
from stream_ae.bench.streams import stream_name
from stream_ae.bench.table import Column, cell, squared_error, with_spread
from stream_ae.errors import ConfigError
from stream_ae.sources.concat import Piece

RATES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Those that every optimizer is tried at."""


def _plan(settings: Settings) -> Iterator[Measurement]:
    for contestant in settings.contestants():
        if contestant.lr is not None:
            raise ConfigError(
                f"sensitivity takes names and tries rates by itself, got {contestant.text!r};"
                f" say {contestant.name}"
            )
    for (source, contestant), lr in product(settings.pairs(), RATES):
        text = f"{contestant.text}:{lr:g}"
        about: Row = {
            "source": stream_name(source),
            "optimizer": text,
            "frames": settings.frames,
            "lr": lr,
        }
        at_rate = Contestant(text, contestant.name, lr)
        trials = settings.trials((Piece(source, 0, settings.length),), at_rate)
        yield seeds_row(about, [partial(measure_metrics, trial) for trial in trials])


def _by_seed(row: Row) -> str:
    """The error of every seed, for a table."""
    return "  ".join(
        "diverged" if mse is None else cell(mse, times=1000) for mse in numbers(row, "mse_by_seed")
    )


PROTOCOL = Protocol(
    name="sensitivity",
    description="How much does the learning rate matter? A good optimizer has five equal rows; the"
    " last column has the error of every seed.",
    columns=(
        with_spread(),
        squared_error("last 50", "last_50_mse", width=7),
        Column("by seed", _by_seed, always=True),
    ),
    defaults=Settings(
        ("bounded", "adam", "adam-0.95", "muon", "sgd", "obgd", "adaptive-obgd"),
    ),
    plan=_plan,
)
"""Names only, without rates: a row for each of :data:`RATES`."""
