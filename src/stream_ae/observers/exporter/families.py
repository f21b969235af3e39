"""The metrics that a run exports: their names, what kind they are, what they mean.

Names and units are as Prometheus advises (https://prometheus.io/docs/practices/naming/): seconds
and bytes, ``_total`` where something is only ever added. A tag ``loss/mse`` is
``stream_ae_loss_mse``.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from stream_ae.observers.findings_scalars import FOREGROUND, NOVELTY
from stream_ae.observers.window import WINDOW


class Family(NamedTuple):
    """One metric, or several that differ in a label.

    Args:
        kind: whether it may fall, or only ever grows while the process lives.
        help: what it is, as the page of the metrics says it.
        label: by what the metrics of a family differ; None where there is one.
    """

    kind: Literal["gauge", "counter"]
    help: str
    label: str | None = None


_OF_TAGS = {
    "loss/mse": "Mean squared error of frames before they are learned, values in 0 to 1",
    "loss/detail": "The same over the pixels that changed",
    "loss/global": "mse + 0.1 gradient + 0.1 (1 - ssim)",
    "loss/gradient": "Mean absolute error of the differences between neighbouring pixels",
    "loss/ssim": "Structural similarity, 1 is perfect",
    "loss/copy_last_frame": "Mean squared error of the frame before as prediction",
    "loss/running_mean": "Mean squared error of the mean of all frames before as prediction",
    "change/pixels": "Pixels that changed, of those that the network sees",
    "change/ratio": "Share of the pixels that changed",
    FOREGROUND: "Share of the pixels that do not belong to the scene",
    NOVELTY: "How rare it is, 0.99 is rarer than 1 in 100 frames so far",
    "optim/effective_step": "Share of the loss that one update removes, to first order",
    "optim/overshoot": "Share of the updates after which the same frame was worse off",
    "optim/bound_active": "Share of the updates that the bound made smaller",
    "optim/updates": "Updates for a frame",
    "optim/update_ratio": "Size of an update over the size of the weights",
}
"""The tags that are exported, as means of the newest frames; those of speed have their own."""


def name_of(tag: str) -> str:
    """The name under which a tag is exported.

    >>> name_of("loss/mse")
    'stream_ae_loss_mse'
    """
    return f"stream_ae_{tag.replace('/', '_')}"


TAGS: Mapping[str, str] = {tag: name_of(tag) for tag in _OF_TAGS}
"""Name of each exported tag."""

FAMILIES: Mapping[str, Family] = {
    "stream_ae_ready": Family("gauge", "1 while frames arrive and are dealt with, else 0"),
    "stream_ae_source_state": Family(
        "gauge", "1 for the state that the source is in, 0 for the others", "state"
    ),
    "stream_ae_last_frame_age_seconds": Family("gauge", "Time since the newest frame"),
    "stream_ae_checkpoint_age_seconds": Family(
        "gauge", "Time since this process saved what is learned"
    ),
    "stream_ae_step": Family("gauge", "Number of the newest frame, over all parts of the run"),
    "stream_ae_frames_total": Family("counter", "Frames predicted and scored"),
    "stream_ae_frames_learned_total": Family("counter", "Frames that were learned from"),
    "stream_ae_frames_dropped_total": Family("counter", "Frames of a camera that were missed"),
    "stream_ae_events_total": Family("counter", "What happened, to the stream or in it", "kind"),
    "stream_ae_part_seconds_total": Family("counter", "Where the time of the frames went", "part"),
    "stream_ae_frames_per_second": Family(
        "gauge", f"Speed of the whole loop over the newest {WINDOW} frames"
    ),
    "stream_ae_memory_peak_bytes": Family("gauge", "Highest resident memory so far"),
    "stream_ae_things_in_view": Family("gauge", "Things that are followed in the newest frame"),
    "stream_ae_novelty_highest": Family(
        "gauge", f"Highest novelty of the newest {WINDOW} frames, 0 to 1"
    ),
    **{
        TAGS[tag]: Family("gauge", f"{text}; mean of the newest {WINDOW} frames")
        for tag, text in _OF_TAGS.items()
    },
}
"""Every metric by its name. The last two before the tags, and two of the tags, are of ``watch``."""
