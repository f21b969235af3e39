"""What watching finds, made by hand: findings, events, frames."""

import numpy as np

from stream_ae.detection.findings import (
    Box,
    Findings,
    Foreground,
    Kind,
    Mask,
    Novelty,
    Track,
    WatchEvent,
)
from stream_ae.frame import Frame

FPS = 10.0
"""Frames per second of the stream that these findings are about."""

BOX = Box(0.1, 0.2, 0.25, 0.5)


def make_event(
    kind: Kind = "appeared",
    *,
    start: int = 1,
    end: int | None = None,
    box: Box | None = BOX,
    track: int | None = 1,
    zone: str | None = None,
    score: float = 0.75,
) -> WatchEvent:
    last = start if end is None else end
    peak = (start + last) // 2
    began, ended, peaked = ((number - 1) / FPS for number in (start, last, peak))
    return WatchEvent(
        kind, start, last, peak, began, ended, peaked, score, box=box, track=track, zone=zone
    )


def make_findings(
    number: int = 1,
    *,
    events: tuple[WatchEvent, ...] = (),
    tracks: tuple[Track, ...] = (),
    novelty: float = 0.5,
    covered: int = 0,
    mask: Mask | None = None,
    change_ratio: float = 0.0,
) -> Findings:
    """Findings of a frame with a mask, or of 8 × 10 pixels, of which ``covered`` are foreground."""
    if mask is None:
        mask = (np.arange(80) < covered).reshape(8, 10)
    return Findings(
        number,
        (number - 1) / FPS,
        change_ratio,
        Foreground(mask, np.zeros((*mask.shape, 3), np.uint8), noise=1.0),
        Novelty(novelty, novelty, np.zeros((4, 4), np.float32)),
        events,
        tracks,
    )


def make_frame(number: int = 1, *, is_first: bool = False) -> Frame:
    rgb = np.full((48, 64, 3), number % 256, np.uint8)
    return Frame(rgb, number - 1, (number - 1) / FPS, "clip.mp4", is_first=is_first)
