"""From runs to the figures of a row: one run, the mean over seeds, windows, a line of a table."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from stream_ae.bench.trial import Result
from stream_ae.reports.formatting import NOTHING

CURVE_WINDOW = 10
"""Frames that become one point of a loss curve."""

Row = dict[str, Any]
"""One line of a table, with all that is behind it."""


def figures_of(result: Result) -> Row:
    """What one run gives to its row: means over all frames and over the last 50, and its curve."""
    if result.diverged:
        return {"diverged": True}
    summary = result.summary
    optimizer = summary["optimizer"]
    return {
        "diverged": False,
        "mse": summary["mse"],
        "detail_loss": summary["detail_loss"],
        "gradient_loss": summary["gradient_loss"],
        "ssim": summary["ssim"],
        **{f"last_50_{key}": value for key, value in summary["last_50"].items()},
        **summary["baselines"],
        "effective_step": optimizer["effective_step"],
        "bound_active_rate": optimizer["bound_active_rate"],
        "overshoot_rate": optimizer["overshoot_rate"],
        "updates_per_frame": optimizer.get("updates_per_frame"),
        "fps": summary["fps"],
        "curve": window_means(result.mse, CURVE_WINDOW),
    }


def over_seeds(runs: Sequence[Row]) -> Row:
    """The mean of every figure over runs that differ in their seed alone, in the order of seeds.

    ``mse_spread`` is half the range of ``mse``. A row whose runs did not all stay finite has no
    means, but says which did not.
    """
    by_seed = [run.get("mse") for run in runs]
    diverged = [seed for seed, run in enumerate(runs) if run["diverged"]]
    row: Row = {"seeds": len(runs), "mse_by_seed": by_seed}
    if diverged:
        return {**row, "diverged": True, "diverged_seeds": diverged}
    mse = [run["mse"] for run in runs]
    return {
        **row,
        "diverged": False,
        "mse_spread": (max(mse) - min(mse)) / 2,
        **{
            key: _mean([run[key] for run in runs])
            for key, value in runs[0].items()
            if not isinstance(value, bool)
        },
    }


def window_means(values: Sequence[float | None], length: int) -> list[float | None]:
    """Means of so many values at a time, to four digits; the last window may be shorter.

    >>> window_means([1.0, 3.0, 5.0], 2)
    [2.0, 5.0]
    """
    windows = (values[start : start + length] for start in range(0, len(values), length))
    return [_digits(mean_of(window)) for window in windows]


def mean_of(values: Iterable[float | None]) -> float | None:
    """The mean of the values that are there; None where there is none."""
    present = [value for value in values if value is not None]
    return fmean(present) if present else None


def cell(value: float | None, width: int, *, digits: int = 2, times: float = 1.0) -> str:
    """A figure in a column of a table; a dash where there is none.

    >>> cell(0.00123, 6, times=1000), cell(None, 3)
    ('  1.23', '  –')
    """
    return f"{NOTHING:>{width}}" if value is None else f"{times * value:{width}.{digits}f}"


def head_of(row: Mapping[str, Any]) -> str:
    """The first two columns of every table: the end of the stream's name, and the optimizer."""
    return f"{shortened(row['source']):28}  {row['optimizer']:18}"


def shortened(name: str, length: int = 28) -> str:
    """The end of a name that is too long for its column."""
    return name if len(name) <= length else f"…{name[1 - length :]}"


HEAD = f"{'source':28}  {'optimizer':18}"
"""Names of the columns of :func:`head_of`."""


def _mean(values: Sequence[Any]) -> Any:
    """The mean over seeds of a number, or of each entry of a list."""
    if isinstance(values[0], list):
        return [_digits(mean_of(each)) for each in zip(*values, strict=True)]
    return mean_of(values)


def _digits(value: float | None) -> float | None:
    """Four digits that count: more would only make a file of curves long."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.4g}")
