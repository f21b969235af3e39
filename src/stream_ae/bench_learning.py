"""How well a stream is learned: prequential figures, over seeds, for each optimizer, on one pass.

Every row is a fresh network that sees the first frames of a stream once. The two baselines are
measured on the same frames.
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from stream_ae.address import open_source
from stream_ae.device import set_up
from stream_ae.errors import ConfigError, DivergedError
from stream_ae.learner import StreamLearner
from stream_ae.loop import run
from stream_ae.metrics import Metrics

FRAMES, SEEDS = 500, 3
SOURCES = ("scene:street", "scene:cuts")
OPTIMIZERS = ("bounded", "adam:0.003", "adam:0.01", "sgd:0.1", "obgd", "adaptive-obgd")
"""What is compared unless said otherwise: ``name`` or ``name:lr``."""

Row = dict[str, Any]


def bench_learning(
    sources: Sequence[str] = SOURCES,
    optimizers: Sequence[str] = OPTIMIZERS,
    *,
    frames: int = FRAMES,
    repeats: int = SEEDS,
) -> Iterator[Row]:
    """One row for each source and optimizer, as soon as it is measured.

    Args:
        sources: streams, by address.
        optimizers: ``name`` or ``name:lr``.
        frames: of each stream.
        repeats: fresh networks for each row, seeded 0, 1, …

    Raises:
        ConfigError: an optimizer cannot be had.
        SourceError: a stream cannot be opened.
    """
    for source in sources:
        for optimizer in optimizers:
            name, lr = _name_and_rate(optimizer)
            row: Row = {
                "source": source,
                "optimizer": optimizer,
                "frames": frames,
                "seeds": repeats,
            }
            try:
                summaries = [_learn(source, name, lr, frames, seed) for seed in range(repeats)]
            except DivergedError:
                yield {**row, "diverged": True}
                continue
            yield {**row, "diverged": False, **_over_seeds(summaries)}


def as_line(row: Mapping[str, Any]) -> str:
    """A row for the terminal: mean squared error × 1000 over all and over the last 50 frames."""
    head = f"{row['source'][-28:]:28}  {row['optimizer']:16}"
    if row["diverged"]:
        return f"{head}  diverged"
    return (
        f"{head}  {1000 * row['mse']:7.2f} ± {1000 * row['mse_spread']:5.2f}"
        f"  {1000 * row['last_50_mse']:7.2f}  {1000 * row['last_50_detail_loss']:7.2f}"
        f"  {row['last_50_ssim']:5.3f}  {1000 * row['copy_last_frame']:7.2f}  {row['fps']:5.1f}"
    )


HEADER = (
    f"{'source':28}  {'optimizer':16}  {'mse × 1000':>15}  {'last 50':>7}  {'detail':>7}"
    f"  {'ssim':>5}  {'copy':>7}  {'fps':>5}"
)
"""Names of the columns of :func:`as_line`."""


def _learn(address: str, name: str, lr: float | None, frames: int, seed: int) -> Row:
    set_up(seed=seed)
    with open_source(address, loop=True) as source:
        learner = StreamLearner(optimizer=name, lr=lr, seed=seed)
        metrics = Metrics(learner.facts())
        run(source, learner, observers=[metrics], frames=frames)
    return metrics.summary()


def _over_seeds(summaries: Sequence[Row]) -> Row:
    mse = [summary["mse"] for summary in summaries]
    last = [summary["last_50"] for summary in summaries]
    return {
        "mse": fmean(mse),
        "mse_spread": (max(mse) - min(mse)) / 2,
        "detail_loss": fmean(summary["detail_loss"] for summary in summaries),
        "ssim": fmean(summary["ssim"] for summary in summaries),
        **{f"last_50_{key}": fmean(each[key] for each in last) for key in last[0]},
        **summaries[0]["baselines"],
        "overshoot_rate": fmean(s["optimizer"]["overshoot_rate"] for s in summaries),
        "fps": fmean(summary["fps"] for summary in summaries),
    }


def _name_and_rate(optimizer: str) -> tuple[str, float | None]:
    name, _, rate = optimizer.partition(":")
    try:
        return name, float(rate) if rate else None
    except ValueError as error:
        raise ConfigError(f"an optimizer is name or name:lr, got {optimizer!r}") from error
