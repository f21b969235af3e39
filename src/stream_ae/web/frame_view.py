"""One frame as a page shows it: its numbers, and the plain arrays that its panels are made of."""

import base64
import math
import time
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.findings import Findings
from stream_ae.frame import Frame
from stream_ae.learning.step import Step
from stream_ae.observers.images import tensor_image
from stream_ae.observers.overlays import HOTTEST

Arrays = dict[str, NDArray[np.uint8]]

_NEEDS = {
    "frame": {"frame", "error", "foreground"},
    "reconstruction": {"reconstruction", "error"},
    "mask": {"foreground"},
    "background": {"background"},
}
"""What is sent, and the panels that are made of it."""


def frame_numbers(
    step: Step, findings: Findings | None, *, is_stretched: bool, private: bool
) -> dict[str, object]:
    """All that is said of a frame, as plain values.

    Args:
        step: on it.
        findings: what watching found in it; None where it does not watch.
        is_stretched: whether the square picture shows all of the frame.
        private: whether nothing may be said of where in the picture something is new.
    """
    return {
        "number": step.number,
        "time": step.frame.time,
        "wall": time.time(),
        "aspect": _aspect(step.frame) if is_stretched else 1.0,
        "scalars": step.scalars(),
        **_found(findings, with_heat=not private),
    }


def frame_arrays(step: Step, findings: Findings | None, *, panels: Collection[str]) -> Arrays:
    """The pictures that some panels are made of; for ``features`` there is none here.

    Args:
        step: on the frame.
        findings: what watching found in it; None where it does not watch.
        panels: of :data:`~stream_ae.web.painting.PANELS`.
    """
    needed = {name for name, uses in _NEEDS.items() if not uses.isdisjoint(panels)}
    arrays: Arrays = {}
    if "frame" in needed:
        arrays["frame"] = tensor_image(step.target)
    if "reconstruction" in needed:
        arrays["reconstruction"] = tensor_image(step.image)
    if findings is not None and "mask" in needed:
        arrays["mask"] = findings.foreground.mask.view(np.uint8)
    if findings is not None and "background" in needed:
        arrays["background"] = findings.foreground.background
    return arrays


def _found(findings: Findings | None, *, with_heat: bool) -> dict[str, object]:
    """What was found in a frame, as plain values."""
    if findings is None:
        return {"foreground": None, "novelty": None, "shift": [0, 0], "tracks": [], "heat": None}
    foreground, novelty = findings.foreground, findings.novelty
    return {
        "foreground": foreground.ratio,
        "novelty": novelty.score if math.isfinite(novelty.score) else None,
        "shift": [float(by) for by in foreground.shift],
        "tracks": _tracks(findings),
        "heat": _heat(novelty.heat) if with_heat else None,
    }


def _tracks(findings: Findings) -> list[dict[str, object]]:
    """The things in view, as the page draws them."""
    return [
        {
            "id": track.number,
            "box": [round(float(share), 4) for share in track.box],
            "still": track.is_still,
            "start": track.start,
        }
        for track in findings.tracks
    ]


def _aspect(frame: Frame) -> float:
    """Width over height of what a square picture shows that a frame was stretched to."""
    height, width = frame.rgb.shape[:2]
    return float(round(width * frame.pixel_aspect / height, 4))


def _heat(heat: NDArray[np.float32]) -> dict[str, object]:
    """The heat map in 256 levels, on the scale of the other heat maps."""
    level = np.rint(255.0 * (np.nan_to_num(heat) / HOTTEST).clip(0.0, 1.0)).astype(np.uint8)
    rows, columns = level.shape
    text = base64.b64encode(level.tobytes()).decode("ascii")
    return {"rows": rows, "columns": columns, "values": text}
