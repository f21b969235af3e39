"""Means over the whole run: the contents of ``summary.json``."""

from collections.abc import Mapping

from stream_ae.frame import Event
from stream_ae.learning.observer import Observer
from stream_ae.learning.running_stats import RecentMean, RunningMean
from stream_ae.learning.step import PARTS, Step
from stream_ae.nn.losses import global_loss
from stream_ae.observers.memory import peak_rss_mib
from stream_ae.storage.state_file import SavedState

_LOSSES = {
    "mse": "loss/mse",
    "detail_loss": "loss/detail",
    "gradient_loss": "loss/gradient",
    "ssim": "loss/ssim",
}
_BASELINES = {"copy_last_frame": "loss/copy_last_frame", "running_mean": "loss/running_mean"}
_OPTIMIZER = {
    "effective_step": "optim/effective_step",
    "overshoot_rate": "optim/overshoot",
    "bound_active_rate": "optim/bound_active",
    "update_ratio": "optim/update_ratio",
    "updates_per_frame": "optim/updates",
}
_EVENTS = {"reconnects": "reconnected", "decode_errors": "decode_error"}
_CHANGE = {"changed_pixels": "change/pixels", "change_ratio": "change/ratio"}


class Metrics(Observer):
    """Means over the whole run, over all its resumed parts, and over its last 50 frames.

    Args:
        facts: the entries of ``summary.json`` that do not change during a run.

    Time is summed up by part. The parts of :data:`~stream_ae.learning.step.PARTS` are always there;
    the part of an observer of your own is added when it first takes time.
    """

    def __init__(self, facts: Mapping[str, object]) -> None:
        self.facts = dict(facts)
        tags = [*_LOSSES.values(), *_BASELINES.values(), *_OPTIMIZER.values(), *_CHANGE.values()]
        self._means = {tag: RunningMean() for tag in tags}
        self._last_50 = {tag: RecentMean(50) for tag in _LOSSES.values()}
        self._seconds = dict.fromkeys(PARTS, 0.0)
        self._counts = dict.fromkeys(("frames", "frames_learned", "dropped_frames", *_EVENTS), 0)
        self._after_last = dict.fromkeys(_EVENTS, 0)
        self._peak_rss_mib = 0.0

    def on_step(self, step: Step) -> None:
        """Add one step to every mean and count."""
        scalars = step.scalars()
        for tag, mean in self._means.items():
            if tag in scalars:
                mean.add(scalars[tag])
        for tag, recent in self._last_50.items():
            recent.add(scalars.get(tag))
        for part, seconds in step.seconds.items():
            self._seconds[part] = self._seconds.get(part, 0.0) + seconds
        self._counts["frames"] += 1
        self._counts["frames_learned"] += step.update.learned
        self._counts["dropped_frames"] += step.frame.dropped
        for key, kind in _EVENTS.items():
            self._counts[key] += sum(event.kind == kind for event in step.frame.events)

    def on_event(self, event: Event) -> None:
        """Count what happened after the last step.

        No state holds it: a run that is resumed there is told of it again.
        """
        for key, kind in _EVENTS.items():
            self._after_last[key] += event.kind == kind

    def summary(self) -> SavedState:
        """The contents of ``summary.json``; a mean of nothing is null."""
        mean = {tag: value.value for tag, value in self._means.items()}
        last = {key: self._last_50[tag].value for key, tag in _LOSSES.items()}
        overall = {key: mean[tag] for key, tag in _LOSSES.items()}
        frames, seconds = self._counts["frames"], sum(self._seconds.values())
        self._peak_rss_mib = max(self._peak_rss_mib, peak_rss_mib())
        facts: SavedState = dict(self.facts)
        optimizer = facts.pop("optimizer", {})
        return {
            **self._counts,
            **{key: self._counts[key] + after for key, after in self._after_last.items()},
            "frames_gated": frames - self._counts["frames_learned"],
            **overall,
            "global_loss": _global_loss(overall),
            "last_50": {**last, "global_loss": _global_loss(last)},
            "baselines": {key: mean[tag] for key, tag in _BASELINES.items()},
            **{key: mean[tag] for key, tag in _CHANGE.items()},
            "optimizer": {**optimizer, **{key: mean[tag] for key, tag in _OPTIMIZER.items()}},
            "fps": frames / seconds if seconds else None,
            "seconds": seconds,
            "seconds_by_part": dict(self._seconds),
            "peak_rss_mib": self._peak_rss_mib,
            **facts,
        }

    def state_dict(self) -> SavedState:
        """What :meth:`load_state_dict` takes: plain numbers, strings, lists and dicts."""
        return {
            "means": {tag: mean.state_dict() for tag, mean in self._means.items()},
            "last_50": {tag: recent.state_dict() for tag, recent in self._last_50.items()},
            "seconds": dict(self._seconds),
            "counts": dict(self._counts),
            "peak_rss_mib": max(self._peak_rss_mib, peak_rss_mib()),
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Continue from a saved state."""
        for tag, mean in self._means.items():
            mean.load_state_dict(state["means"][tag])
        for tag, recent in self._last_50.items():
            recent.load_state_dict(state["last_50"][tag])
        self._seconds.update(state["seconds"])
        self._counts.update(state["counts"])
        self._peak_rss_mib = state["peak_rss_mib"]


def _global_loss(terms: Mapping[str, float | None]) -> float | None:
    mse, gradient, ssim = terms["mse"], terms["gradient_loss"], terms["ssim"]
    if mse is None or gradient is None or ssim is None:
        return None
    return global_loss(mse=mse, gradient=gradient, ssim=ssim)
