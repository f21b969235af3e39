"""Things in view: which blob belongs to which, when one has appeared, and when it has left.

A blob has one owner, and an owner may have several blobs, as a person is often in pieces. Where two
things meet they are one blob; then the smaller is *with* the larger, until they part or leave.
"""

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.detection.events.clock import Moment
from stream_ae.detection.events.thing import (
    Pixels,
    Thing,
    are_beside,
    are_near,
    new_thing,
    restored,
    saved,
    seen_again,
    to_pixels,
)
from stream_ae.kernels.blobs import Blobs, count_shared, rename
from stream_ae.storage.state_file import SavedState

MOST = 16
"""Things followed at a time."""

APPEARS = 0.4
"""Seconds for which a thing is seen before it has appeared."""

LEAVES = 1.0
"""Seconds for which a thing that has appeared is not seen before it has left."""

FORGOTTEN = 0.15
"""Seconds for which a thing that has not yet appeared is not seen before it was none."""

SMALLEST = 0.004
"""Share of the picture that a thing covers when it appears."""

_HELD = 0.1  # of its own area: what a thing that has appeared must share, to come first
_FREE, _NOBODY = 0, -1  # instead of a key: of a blob that may be a new thing, and that may not
_PART = 0.5  # of its own area: the least that a thing is when it parts from another


class Change(NamedTuple):
    """A thing that has appeared or left."""

    kind: Literal["appeared", "left"]
    thing: Thing


class Things:
    """Follows the things in view from frame to frame, the oldest first.

    For each frame: :meth:`owners` says whose the blobs are, :meth:`follow` goes on with those that
    are still moving.
    """

    def __init__(self) -> None:
        self.known: tuple[Thing, ...] = ()
        self._owners: NDArray[np.uint8] | None = None  # (h, w), keys of the frame before
        self._told = 0
        self._shared = np.zeros((0, 0), np.int64)

    def owners(self, blobs: Blobs) -> list[Thing | None]:
        """The thing that each blob belongs to; None where it is new.

        It is the one with most pixels at the same place in the frame before, but one that has
        appeared comes before others; else the oldest one whose box, grown by four pixels, lies over
        30 % of the smaller of both boxes. A thing keeps the blob that it shares most pixels with
        and those that hang together with it: of two, the gap is no longer than the larger one is.
        """
        if self._owners is None or self._owners.shape != blobs.labels.shape:
            self._owners = np.zeros(blobs.labels.shape, np.uint8)
        self._shared = count_shared(blobs.labels, self._owners)[1:]
        free = [thing for thing in self.known if not thing.host]
        found = []
        for shared, box in zip(self._shared, blobs.boxes, strict=False):
            best = max(free, key=lambda thing: _claim(thing, shared), default=None)
            if best is None or shared[best.key] == 0:
                best = next((thing for thing in free if are_near(thing.box, to_pixels(box))), None)
            found.append(best)
        self._split(found, blobs)
        return found

    def follow(
        self,
        blobs: Blobs,
        owners: Sequence[Thing | None],
        *,
        stirring: Sequence[float],
        now: Moment,
        elapsed: float,
        may_appear: Collection[int],
        without: Collection[int] = (),
    ) -> list[Change]:
        """Go on by one frame.

        Args:
            blobs: parts of the mask that move.
            owners: of each blob, from :meth:`owners`.
            stirring: share of each blob's pixels that have just changed.
            now: this frame.
            elapsed: seconds since the frame before.
            may_appear: blobs whose things may appear now.
            without: blobs that belong to no thing from now on.
        """
        keys = [owner.key if owner is not None else _FREE for owner in owners]
        for k in without:
            keys[k] = _NOBODY
        self._part(keys, blobs)
        known = []
        for thing in self.known:
            mine = [k for k, key in enumerate(keys) if key == thing.key]
            if mine:
                seen = seen_again(thing, blobs=blobs, mine=mine, stirring=stirring, now=now)
                known.append(seen._replace(age=thing.age + elapsed))
            elif thing.host:
                known.append(thing._replace(last=now))
            else:
                host = self._host(thing, keys) if thing.number else 0
                known.append(thing._replace(unseen=thing.unseen + elapsed, host=host))
        known += _begun(known, keys, blobs, now)
        known, appeared = self._appear(known, keys, blobs, may_appear)
        names = np.array([0, *(max(key, 0) for key in keys)], np.uint8)
        self._owners = rename(blobs.labels, names)
        self.known = tuple(known)
        return [*appeared, *self._leave()]

    def _split(self, owners: list[Thing | None], blobs: Blobs) -> None:
        """Take large blobs from things that they are too far from to be a part."""
        hosts = {thing.host for thing in self.known}
        boxes = [to_pixels(box) for box in blobs.boxes]
        for thing in self.known:
            mine = [k for k, owner in enumerate(owners) if owner is thing]
            if len(mine) < 2 or thing.key in hosts:
                continue
            near, new = set(), {max(mine, key=lambda k: int(self._shared[k, thing.key]))}
            while new:
                near |= new
                new = {
                    k for k in mine if any(_hang_together(boxes[k], boxes[j]) for j in new)
                } - near
            for k in mine:
                if k not in near and blobs.areas[k] >= SMALLEST * blobs.labels.size:
                    owners[k] = None

    def end(self, thing: Thing) -> None:
        """Know a thing no longer, nor that any other is with it."""
        others = [other for other in self.known if other.key != thing.key]
        self.known = tuple(
            other._replace(host=0) if other.host == thing.key else other for other in others
        )

    def end_all(self) -> list[Change]:
        """Know none any longer; those that had appeared have left."""
        told = [Change("left", thing) for thing in self.known if thing.number]
        self.known, self._owners = (), None
        return told

    def _part(self, keys: list[int], blobs: Blobs) -> None:
        """Give a blob of a host to the thing that is with it, where the host has another one."""
        for thing in self.known:
            parts = [k for k, key in enumerate(keys) if thing.host and key == thing.host]
            large = [k for k in parts if blobs.areas[k] >= _PART * thing.area]
            if len(large) > 1:
                parting = min(large, key=lambda k: int(self._shared[k, keys[k]]))
                keys[parting] = thing.key

    def _host(self, thing: Thing, keys: Sequence[int]) -> int:
        """Key of the thing whose blob lies where this one was; 0 where there is none."""
        shared = [int(self._shared[k, thing.key]) for k in range(len(keys))]
        most = max(range(len(keys)), key=shared.__getitem__, default=None)
        return max(keys[most], 0) if most is not None and shared[most] > 0 else 0

    def _appear(
        self, known: list[Thing], keys: list[int], blobs: Blobs, may_appear: Collection[int]
    ) -> tuple[list[Thing], list[Change]]:
        """Number what has appeared; what has turned up beside an older thing is a part of it."""
        kept: list[Thing] = []
        told: list[Change] = []
        for thing in known:
            large = thing.area >= SMALLEST * blobs.labels.size and not thing.unseen
            may = any(keys[k] == thing.key for k in may_appear)
            if thing.number or not (thing.age >= APPEARS and thing.has_moved and large and may):
                if thing.number or thing.unseen < FORGOTTEN:
                    kept.append(thing)
                continue
            older = next((t for t in kept if t.number and are_near(t.box, thing.box)), None)
            if older is not None:
                keys[:] = [older.key if key == thing.key else key for key in keys]
                continue
            self._told += 1
            kept.append(thing._replace(number=self._told))
            told.append(Change("appeared", kept[-1]))
        return kept, told

    def _leave(self) -> list[Change]:
        """End what has not been seen for long, and what was with it."""
        gone = {t.key for t in self.known if t.number and not t.host and t.unseen >= LEAVES}
        left = [t for t in self.known if t.key in gone or t.host in gone]
        self.known = tuple(t for t in self.known if t not in left)
        return [Change("left", thing) for thing in left]

    def state_dict(self) -> SavedState:
        """Its state, as a tensor and plain values."""
        owners = None if self._owners is None else torch.from_numpy(self._owners.copy())
        return {
            "known": [saved(thing) for thing in self.known],
            "told": self._told,
            "owners": owners,
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a state."""
        owners = state["owners"]
        self._owners = None if owners is None else owners.numpy().copy()
        self._told = state["told"]
        self.known = tuple(restored(values) for values in state["known"])


def _hang_together(one: Pixels, other: Pixels) -> bool:
    """Whether the gap between two boxes is no longer than the longer side of the larger one."""
    sides = (one[2] - one[0], one[3] - one[1], other[2] - other[0], other[3] - other[1])
    return are_beside(one, other, gap=max(sides))


def _claim(thing: Thing, shared: NDArray[np.int64]) -> tuple[bool, int]:
    """How much right a thing has to a blob, by the pixels that each has shared with it."""
    pixels = int(shared[thing.key])
    return bool(thing.number) and pixels >= _HELD * thing.area, pixels


def _begun(known: Sequence[Thing], keys: list[int], blobs: Blobs, now: Moment) -> list[Thing]:
    """New things, one for each blob that is free while there is room; ``keys`` get theirs."""
    free = [key for key in range(1, MOST + 1) if all(key != thing.key for thing in known)]
    begun = []
    for k, key in zip([k for k, key in enumerate(keys) if key == _FREE], free, strict=False):
        keys[k] = key
        begun.append(new_thing(key, blobs=blobs, k=k, now=now))
    return begun
