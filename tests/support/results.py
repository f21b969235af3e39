"""Results of runs that never were, to calculate with, and rows of real ones."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from stream_ae.bench.protocol import Protocol, measure
from stream_ae.bench.rows import Row
from stream_ae.bench.table import heading, line
from stream_ae.bench.trial import TRACED, Result, Trial


def make_result(
    trial: Trial,
    mse: Sequence[float],
    *,
    diverged: bool = False,
    lr: float = 1.0,
    traced: Mapping[str, Sequence[float | None]] | None = None,
) -> Result:
    """A run with these errors, one a frame; ``traced`` has other scalars by their tags."""
    nothing: Sequence[float | None] = [None] * len(mse)
    trace = {**dict.fromkeys(TRACED, nothing), **(traced or {}), "loss/mse": list(mse)}
    mean, last = sum(mse) / len(mse), mse[-50:]
    keys = ("mse", "detail_loss", "gradient_loss", "ssim", "global_loss")
    summary = {
        **dict.fromkeys(keys, mean),
        "last_50": dict.fromkeys(keys, sum(last) / len(last)),
        "baselines": {"copy_last_frame": 0.25, "running_mean": 0.5},
        "optimizer": {
            "name": trial.optimizer,
            "lr": lr if trial.lr is None else trial.lr,
            "effective_step": 0.1,
            "overshoot_rate": None,
            "bound_active_rate": 0.5,
        },
        "fps": 10.0,
    }
    return Result(trial, summary, trace, diverged)


def measured(
    protocol: Protocol,
    sources: Sequence[str] | None = None,
    *,
    optimizers: Sequence[str] | None = None,
    frames: int | None = None,
    repeats: int | None = None,
    segment: int | None = None,
    model: str | None = None,
) -> list[Row]:
    """The rows of a protocol; what is None stays as it is by default."""
    usual = protocol.defaults
    settings = replace(
        usual,
        sources=usual.sources if sources is None else sources,
        optimizers=usual.optimizers if optimizers is None else optimizers,
        frames=usual.frames if frames is None else frames,
        repeats=usual.repeats if repeats is None else repeats,
        segment=usual.segment if segment is None else segment,
        model=model,
    )
    return list(measure(protocol, settings))


def shown(row: Row, protocol: Protocol) -> str:
    """A row as the terminal has it."""
    return line(row, columns=protocol.columns)


def width(protocol: Protocol) -> int:
    """Characters of a heading."""
    return len(heading(protocol.columns))
