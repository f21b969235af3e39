"""Results of runs that never were, to calculate with."""

from collections.abc import Sequence

from stream_ae.bench.trial import TRACED, Result, Trial


def make_result(
    trial: Trial,
    mse: Sequence[float],
    *,
    diverged: bool = False,
    lr: float = 1.0,
    **traced: Sequence[float | None],
) -> Result:
    """A run with these errors, one a frame; ``optim_overshoot=…`` and so on for other figures."""
    trace = {tag: traced.get(tag.replace("/", "_"), [None] * len(mse)) for tag in TRACED}
    trace["loss/mse"] = list(mse)
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
