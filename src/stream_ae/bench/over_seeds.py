"""From runs to the numbers of a row: one run, the mean over seeds, windows of frames."""

import math
from collections.abc import Iterable, Sequence
from statistics import fmean

from stream_ae.bench.rows import JSON, Row, diverged, maybe, number, section
from stream_ae.bench.trial import Result

CURVE_WINDOW = 10
"""Frames that become one point of a loss curve."""


def metrics_of(result: Result) -> Row:
    """What one run gives to its row: means over all frames and over the last 50, and its curve."""
    if result.diverged:
        return {"diverged": True}
    summary = result.summary
    optimizer, last, baselines = (
        section(summary, key) for key in ("optimizer", "last_50", "baselines")
    )
    return {
        "diverged": False,
        **{key: maybe(summary, key) for key in ("mse", "detail_loss", "gradient_loss", "ssim")},
        **{f"last_50_{key}": maybe(last, key) for key in last},
        **{key: maybe(baselines, key) for key in baselines},
        "effective_step": maybe(optimizer, "effective_step"),
        "bound_active_rate": maybe(optimizer, "bound_active_rate"),
        "overshoot_rate": maybe(optimizer, "overshoot_rate"),
        "updates_per_frame": maybe(optimizer, "updates_per_frame"),
        "fps": maybe(summary, "fps"),
        "curve": window_means(result.mse, CURVE_WINDOW),
    }


def without(row: Row, *keys: str) -> Row:
    """A row without some of its values."""
    return {key: value for key, value in row.items() if key not in keys}


def over_seeds(runs: Sequence[Row]) -> Row:
    """The mean of every number over runs that differ in their seed alone, in the order of seeds.

    ``mse_spread`` is half the range of ``mse``, and ``by_seed`` has the numbers of each run. A row
    whose runs did not all stay finite has no means, but says which did not.
    """
    by_seed = [maybe(run, "mse") for run in runs]
    row: Row = {"seeds": len(runs), "mse_by_seed": by_seed}
    not_finite = [seed for seed, run in enumerate(runs) if diverged(run)]
    if not_finite:
        return {**row, "diverged": True, "diverged_seeds": not_finite}
    mse = [number(run, "mse") for run in runs]
    names = [key for key in runs[0] if key != "diverged"]
    return {
        **row,
        "diverged": False,
        "mse_spread": (max(mse) - min(mse)) / 2,
        **{key: _mean([run[key] for run in runs]) for key in names},
        "by_seed": {key: [run[key] for run in runs] for key in names if _is_number(runs[0][key])},
    }


def window_means(values: Sequence[float | None], length: int) -> list[float | None]:
    """Means of ``length`` values at a time, to four digits; the last window may be shorter.

    >>> window_means([1.0, 3.0, 5.0], 2)
    [2.0, 5.0]
    """
    windows = (values[start : start + length] for start in range(0, len(values), length))
    return [_digits(mean_of(window)) for window in windows]


def mean_of(values: Iterable[float | None]) -> float | None:
    """The mean of the values that are there; None where there is none."""
    present = [value for value in values if value is not None]
    return fmean(present) if present else None


def _mean(values: Sequence[JSON]) -> JSON:
    """The mean over seeds of a number, or of each entry of a list."""
    if not isinstance(values[0], list):
        return mean_of(maybe({"mean": value}, "mean") for value in values)
    lists = [value for value in values if isinstance(value, list)]
    return [_digits(mean_of(_floats(each))) for each in zip(*lists, strict=True)]


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float)


def _floats(values: Iterable[JSON]) -> list[float | None]:
    return [maybe({"entry": value}, "entry") for value in values]


def _digits(value: float | None) -> float | None:
    """Four digits that count: more would only make a file of curves long."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.4g}")
