"""Things in the scene, as events: what appears, leaves, is left behind or removed.

What has turned still is taken out of a frame's mask, as it belongs to a layer of its own; the blobs
of what is left are given to the things that are in view. A thing whose last blob has turned still
has ended: it is what was left behind, or whoever left it is gone.
"""

import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.events.ages import Look, PixelAges
from stream_ae.detection.events.clock import Clock
from stream_ae.detection.events.shading import is_shading
from stream_ae.detection.events.still import STILL, StillChange, StillThings, tell_apart
from stream_ae.detection.events.thing import Thing, are_beside, to_pixels, to_share
from stream_ae.detection.events.things import APPEARS, SMALLEST, Change, Things
from stream_ae.detection.findings import Foreground, Mask, WatchEvent
from stream_ae.kernels.blobs import Blobs, find_blobs, shares_below
from stream_ae.storage.state_file import SavedState

STOPPED = 4.0
"""Seconds for which a thing that has stopped by itself has not changed: nobody stands like that."""

SETTLES = 1.5
"""Seconds after a start, a cut or a switch of the light in which nothing appears."""

KNOWN = 5.0
"""Seconds after a start or a cut until it is known what belongs there, so that it can be missed."""

FULL = 0.7
"""Share of the picture above which its foreground is no thing, but a picture gone wrong."""

_LEAST = 0.0004  # share of the picture: the smallest blob
_LEAST_STILL = 0.003  # likewise, of one that turns still
_STIRRED = 0.2  # seconds in which a pixel of something that moves has changed
_AGES = (_STIRRED, STILL, STOPPED)
_CHANGING = 0.04  # share of a blob's pixels that may have changed while it is still
_BESIDE = 12  # pixels: a blob is not still while one that close to it is not
_WITHIN = 0.5  # share of a blob in layers, above which it is no new thing but what they show
_CARRIED = 0.6  # of a thing's usual area: what it leaves behind is smaller


class Presence:
    """Tells what happens to things."""

    def __init__(self) -> None:
        self._ages, self._still, self._things = PixelAges(), StillThings(), Things()
        self._since_start = self._since_jump = 0.0  # seconds

    @property
    def known(self) -> tuple[Thing, ...]:
        """What is in view, the oldest first, also what has not yet appeared."""
        return self._things.known

    def update(
        self,
        rgb: NDArray[np.uint8],
        mask: Mask,
        *,
        foreground: Foreground,
        clock: Clock,
        elapsed: float,
    ) -> list[WatchEvent]:
        """The events that are told with this frame.

        Args:
            rgb: (h, w, 3).
            mask: (h, w), what of the foreground is watched.
            foreground: of the frame.
            clock: that has come to this frame.
            elapsed: seconds since the one before.
        """
        changes = self._jump(foreground, elapsed)
        stills: list[StillChange] = []
        area = int(np.count_nonzero(mask))
        is_any = area >= _LEAST * mask.size or self._things.known or self._still.is_any
        if area <= FULL * mask.size and is_any:
            look = self._ages.look(rgb, noise=foreground.noise, elapsed=elapsed)
            if foreground.change == "light_switched":
                self._still.accept(look.luma)
            moving, stills = self._still.part(
                mask, look, background=foreground.background, elapsed=elapsed
            )
            told, more = self._follow(moving, look, foreground, clock, elapsed)
            changes, stills = changes + told, stills + more
        else:
            self._ages.forget()
        known = [still for still in stills if self._since_start - still.seconds >= KNOWN]
        events = [_still_event(still, mask, clock) for still in known]
        return [*events, *(_event(change, mask) for change in changes)]

    def resettle(self) -> None:
        """Wait until it is known again what belongs to the scene."""
        self._since_start = 0.0
        self._ages.forget()

    def forget(self) -> None:
        """Know nothing of what is in view, nor of what belongs there."""
        self._things.end_all()
        self._still.clear()
        self.resettle()

    def finish(self, mask_shape: tuple[int, int]) -> list[WatchEvent]:
        """The events that are told at the stream's end: what is in view has left with it."""
        return [_event(change, np.zeros(mask_shape, bool)) for change in self._things.end_all()]

    def _jump(self, foreground: Foreground, elapsed: float) -> list[Change]:
        """What ends because the whole scene has changed."""
        self._since_start += elapsed
        self._since_jump += elapsed
        if foreground.change is None:
            return []
        self._since_jump = 0.0
        self._ages.forget()
        if foreground.change == "light_switched":
            return []
        self._since_start = 0.0
        self._still.clear()
        return self._things.end_all() if foreground.change == "cut" else []

    def _follow(
        self, moving: Mask, look: Look, foreground: Foreground, clock: Clock, elapsed: float
    ) -> tuple[list[Change], list[StillChange]]:
        """Give the blobs of what moves to things, without those that have turned still."""
        blobs = find_blobs(moving, least=max(1, round(_LEAST * moving.size)))
        owners = self._things.owners(blobs)
        stirring, young, older = shares_below(blobs, look.age, limits=_AGES)
        within = self._still.shares(blobs)
        turned = self._turn_still(blobs, owners, within, (young, older), look, foreground)
        rests = [k for k, owner in enumerate(owners) if _is_rest(within[k], owner)]
        changes = self._things.follow(
            blobs,
            owners,
            stirring=stirring,
            now=clock.ago(0.0),
            elapsed=elapsed,
            may_appear=self._may_appear(blobs, owners, within, look, foreground),
            without=[*turned, *rests],
        )
        stills: list[StillChange] = []
        ended: set[int] = set()
        for k, told in turned.items():
            stills += told
            owner = owners[k]
            moves = [j for j, other in enumerate(owners) if j not in turned and other == owner]
            if owner is None or moves or owner.key in ended:
                continue
            ended.add(owner.key)
            self._things.end(owner)
            is_itself = told and told[0].kind == "left_behind" and not _is_part(blobs, k, owner)
            if owner.number and not is_itself:
                changes.append(Change("left", owner._replace(last=owner.active)))
        return changes, stills

    def _may_appear(
        self,
        blobs: Blobs,
        owners: list[Thing | None],
        within: list[tuple[float, float]],
        look: Look,
        foreground: Foreground,
    ) -> list[int]:
        """Blobs whose things may appear with this frame."""
        if min(self._since_jump, self._since_start) < SETTLES:
            return []
        return [
            k
            for k, owner in enumerate(owners)
            if owner is not None
            and owner.age >= APPEARS / 2
            and not owner.number
            and within[k][0] <= _WITHIN
            and not is_shading(blobs.labels == k + 1, look, background=foreground.background)
        ]

    def _turn_still(
        self,
        blobs: Blobs,
        owners: list[Thing | None],
        within: list[tuple[float, float]],
        ages: tuple[list[float], list[float]],
        look: Look,
        foreground: Foreground,
    ) -> dict[int, list[StillChange]]:
        """The blobs that turn still with this frame, and what is told of each."""
        turned: dict[int, list[StillChange]] = {}
        large = blobs.areas >= _LEAST_STILL * look.age.size
        if not large.any():
            return turned
        young, older = ages
        boxes = [to_pixels(box) for box in blobs.boxes]
        for k in np.flatnonzero(large).tolist():
            beside = [j for j, box in enumerate(boxes) if are_beside(box, boxes[k], gap=_BESIDE)]
            if max(young[j] for j in beside) > _CHANGING:
                continue
            where, owner = blobs.labels == k + 1, owners[k]
            kind, score = tell_apart(where, look.luma, background=foreground.background)
            has_stopped = owner is not None and not _is_part(blobs, k, owner)
            if kind == "left_behind" and has_stopped and max(older[j] for j in beside) > _CHANGING:
                continue
            number = owner.number if owner is not None else 0
            is_left_over = within[k][1] > _WITHIN  # of a thing given back
            if is_left_over or is_shading(where, look, background=foreground.background):
                score = 0.0
            turned[k] = self._still.add(where, look, kind=kind, score=score, track=number)
        return turned

    def state_dict(self) -> SavedState:
        """Its state, as tensors and plain values."""
        return {
            "ages": self._ages.state_dict(),
            "still": self._still.state_dict(),
            "things": self._things.state_dict(),
            "since_start": self._since_start,
            "since_jump": self._since_jump,
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a state."""
        self._ages.load_state_dict(state["ages"])
        self._still.load_state_dict(state["still"])
        self._things.load_state_dict(state["things"])
        self._since_start, self._since_jump = state["since_start"], state["since_jump"]


def _is_rest(within: tuple[float, float], owner: Thing | None) -> bool:
    """Whether a blob is what layers show, or a place given back, and of nothing that has come."""
    in_layers, given_back = within
    has_come = owner is not None and owner.number > 0
    return given_back > _WITHIN or (in_layers > _WITHIN and not has_come)


def _is_part(blobs: Blobs, k: int, owner: Thing) -> bool:
    """Whether a blob is less than its owner was while it moved."""
    return bool(blobs.areas[k] < _CARRIED * owner.usual)


def _event(change: Change, mask: Mask) -> WatchEvent:
    """A thing that has appeared or left; the larger it was, the surer it is."""
    thing = change.thing
    return WatchEvent(
        change.kind,
        thing.first.number,
        thing.last.number,
        thing.peak.number,
        thing.first.time,
        thing.last.time,
        thing.peak.time,
        score=thing.peak_area / (thing.peak_area + SMALLEST * mask.size),
        box=to_share(thing.peak_box, height=mask.shape[0], width=mask.shape[1]),
        track=thing.number,
    )


def _still_event(still: StillChange, mask: Mask, clock: Clock) -> WatchEvent:
    start, now = clock.ago(still.seconds), clock.ago(0.0)
    return WatchEvent(
        still.kind,
        start.number,
        now.number,
        start.number,
        start.time,
        now.time,
        start.time,
        score=still.score,
        box=to_share(still.box, height=mask.shape[0], width=mask.shape[1]),
        track=still.track or None,
    )
