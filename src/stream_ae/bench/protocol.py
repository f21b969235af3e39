"""What a part of the benchmark is: its columns, its defaults, and how its rows come about.

All parts differ in nothing else, so one function runs them all.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from stream_ae.bench.contestants import Contestant, read_contestants
from stream_ae.bench.networks import check_model
from stream_ae.bench.over_seeds import over_seeds
from stream_ae.bench.paired import REFERENCE, with_differences
from stream_ae.bench.pool import Workers
from stream_ae.bench.rows import Row
from stream_ae.bench.streams import SEGMENT, check_streams
from stream_ae.bench.table import Column
from stream_ae.bench.trial import FRAMES, SEEDS, Trial
from stream_ae.settings.choices import OBJECTIVE, Objective
from stream_ae.sources.concat import Piece

EMBEDDED = ("scene:street", "scene:cuts")
"""The streams that need no file."""

Task = Callable[[], Row]
"""One run; it can be pickled, so that another process can do it."""

Measurement = Generator[Iterable[Task], Sequence[Row], Row]
"""How a row comes about: it yields runs, is sent what they gave, and returns the row.

A row may ask for runs more than once, as when a search for the best rate comes first.
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is measured.

    Args:
        optimizers: ``name`` or ``name:lr``.
        sources: streams, by address; one that is shorter begins again at its end.
        frames: of each stream; where streams become one, of the whole, and None for its usual
            length.
        repeats: fresh networks for each row, seeded 0, 1, …
        objective: what training minimises.
        jobs: runs at a time; above 1 each has a process and one thread.
        segment: frames of a visit to a scene, or those that become one mean of a long run.
        model: ``package.module:factory`` of a network of somebody else's; None for ours.
    """

    optimizers: Sequence[str]
    sources: Sequence[str] = EMBEDDED
    frames: int | None = FRAMES
    repeats: int = SEEDS
    objective: Objective = OBJECTIVE
    jobs: int = 1
    segment: int = SEGMENT
    model: str | None = None

    @property
    def length(self) -> int:
        """Frames of each stream."""
        return FRAMES if self.frames is None else self.frames

    def contestants(self) -> list[Contestant]:
        """The optimizers, read.

        Raises:
            ConfigError: one cannot be had.
        """
        return read_contestants(self.optimizers)

    def pairs(self) -> Iterator[tuple[str, Contestant]]:
        """Every source with every optimizer, in the order of the rows.

        Raises:
            ConfigError: an optimizer cannot be had.
        """
        return product(self.sources, self.contestants())

    def trials(self, pieces: tuple[Piece, ...], contestant: Contestant) -> list[Trial]:
        """One optimizer on one stream, with every seed."""
        return [
            Trial(pieces, contestant.name, contestant.lr, seed, self.objective, self.model)
            for seed in range(self.repeats)
        ]


@dataclass(frozen=True, slots=True)
class Protocol:
    """A part of the benchmark of learning.

    Args:
        name: on the command line.
        description: what it asks and what its columns are, in plain words.
        columns: of its table, after source and optimizer.
        defaults: what is measured unless said otherwise.
        plan: the rows of some settings, before anything is measured; it raises ``ConfigError`` if
            an optimizer or a stream does not fit.
        least_sources: how many streams it needs.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    defaults: Settings
    plan: Callable[[Settings], Iterable[Measurement]]
    least_sources: int = 1


def measure(protocol: Protocol, settings: Settings | None = None) -> Iterator[Row]:
    """Give the rows of a protocol in the order of its plan, each as soon as it is measured.

    :data:`~stream_ae.bench.paired.REFERENCE` comes first on each stream, and the others have their
    differences to it.

    Args:
        protocol: the part of the benchmark.
        settings: what to measure; None for the protocol's defaults.

    Raises:
        ConfigError: the settings do not fit.
        SourceError: a stream cannot be opened or read.
    """
    settings = protocol.defaults if settings is None else settings
    check_streams(settings.sources, least=protocol.least_sources)
    if settings.model is not None:
        check_model(settings.model, optimizers=settings.optimizers)
    order = tuple(sorted(settings.optimizers, key=lambda text: text != REFERENCE))
    planned = protocol.plan(replace(settings, optimizers=order))
    about = {} if settings.model is None else {"model": settings.model}
    for row in with_differences(_measured(planned, jobs=settings.jobs)):
        yield {**about, **row}


def _measured(plan: Iterable[Measurement], *, jobs: int) -> Iterator[Row]:
    planned = deque(plan)
    begun: deque[tuple[Measurement, Iterator[Row]]] = deque()
    with Workers(jobs) as workers:
        while planned or begun:
            # Begin enough rows that every process has something to do, but no more, so that the
            # first row is complete early, also where it needs a second round of runs.
            while planned and len(begun) <= jobs:
                row = planned.popleft()
                begun.append((row, workers.each(next(row))))
            yield _complete(*begun.popleft(), workers=workers)


def seeds_row(about: Row, tasks: Sequence[Task]) -> Measurement:
    """A row of one run for each seed.

    Args:
        about: what the row says of itself: source, optimizer, frames.
        tasks: the runs, in the order of seeds.
    """
    runs = yield tasks
    return {**about, **over_seeds(runs)}


def _complete(row: Measurement, runs: Iterator[Row], *, workers: Workers) -> Row:
    """Take a row from its first runs to its end."""
    while True:
        try:
            further = row.send(list(runs))
        except StopIteration as end:
            done: Row = end.value
            return done
        runs = workers.each(further)
