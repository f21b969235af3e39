"""How well a stream is learned in one pass: prequential metrics over seeds.

Every row is a fresh network that sees the first frames of a stream once, or a baseline on the same
frames: what an optimizer is worth shows only beside what needs no learning.
"""

from collections.abc import Iterator
from functools import partial
from itertools import product

from stream_ae.bench.baselines import predictors as baselines
from stream_ae.bench.baselines.score import SEEDED, score_baseline
from stream_ae.bench.contestants import FROZEN, read_contestants
from stream_ae.bench.over_seeds import metrics_of
from stream_ae.bench.protocol import Measurement, Protocol, Settings, Task, seeds_row
from stream_ae.bench.rows import Row
from stream_ae.bench.streams import stream_name
from stream_ae.bench.table import metric, squared_error, to_reference, with_spread
from stream_ae.bench.trial import Trial, learn
from stream_ae.sources.concat import Piece

OPTIMIZERS = ("bounded", "adam:0.003", "adam:0.01", "muon", "sgd:0.3", "obgd", "adaptive-obgd")
"""The optimizers that are compared, beside the first network and all baselines, unless said
otherwise."""


def _plan(settings: Settings) -> Iterator[Measurement]:
    named = [text for text in settings.optimizers if text not in baselines.NAMES]
    contestants = {contestant.text: contestant for contestant in read_contestants(named)}
    for source, text in product(settings.sources, settings.optimizers):
        pieces = (Piece(source, 0, settings.length),)
        tasks: list[Task]
        if text in contestants:
            trials = settings.trials(pieces, contestants[text])
            tasks = [partial(measure_metrics, trial) for trial in trials]
        else:
            seeds = range(settings.repeats if text == SEEDED else 1)
            tasks = [
                partial(
                    score_baseline,
                    text,
                    pieces,
                    seed=seed,
                    objective=settings.objective,
                    model=settings.model,
                )
                for seed in seeds
            ]
        about: Row = {
            "source": stream_name(source),
            "optimizer": text,
            "frames": settings.frames,
            "baseline": text not in contestants or text == FROZEN,
        }
        yield seeds_row(about, tasks)


def measure_metrics(trial: Trial) -> Row:
    """Learn the stream of a trial, in whatever process this is."""
    return metrics_of(learn(trial))


PROTOCOL = Protocol(
    name="in-stream",
    description="How well is a stream learned in one pass? Detail, the squared error on changed"
    " pixels, and SSIM are of the last 50 frames; overshoot is the share of steps after which the"
    " frame just learned had a larger error than before.",
    columns=(
        with_spread(),
        to_reference(),
        squared_error("last 50", "last_50_mse", width=7),
        squared_error("detail", "last_50_detail_loss", width=7),
        metric("ssim", "last_50_ssim", width=5, digits=3),
        metric("steps", "updates_per_frame", width=5),
        metric("overshoot", "overshoot_rate", width=9, digits=3),
        metric("fps", "fps", width=5, digits=1),
    ),
    defaults=Settings((*OPTIMIZERS, FROZEN, *baselines.NAMES)),
    plan=_plan,
)
"""The part of the benchmark that runs unless another is named."""
