"""What happens in a stream, told once: of the whole scene, and of the things in it.

Each frame's foreground goes through these steps: zones are cut out; what has turned still is taken
out, as it belongs to a layer of its own; the blobs of what is left are given to the things that are
in view. All times are in seconds, as streams have 5 to 60 frames each.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.events.clock import Clock, Moment
from stream_ae.detection.events.novel import NovelSpells, Spell
from stream_ae.detection.events.presence import Presence
from stream_ae.detection.events.scene import SceneWatch
from stream_ae.detection.events.thing import to_share
from stream_ae.detection.events.tolerance import Tolerance
from stream_ae.detection.events.zones import ZoneMap
from stream_ae.detection.findings import Foreground, Novelty, Track, WatchEvent
from stream_ae.settings.zones import Zone
from stream_ae.storage.state_file import SavedState

_PIXELS = {
    "anchor": ("presence", "ages"),
    "memory": ("presence", "still"),
    "before": ("scene", "freeze"),
}
"""Where in a state something is that can be recognised as a picture of the scene."""


class EventDetector:
    """Tells what happens, from what :class:`Foreground` and :class:`Novelty` say of each frame.

    Args:
        zones: to watch or to ignore; none watches the whole picture.

    Attributes:
        tolerance: where more is needed until something is told.

    >>> import numpy as np
    >>> detector, picture = EventDetector(), np.zeros((224, 224, 3), np.uint8)
    >>> empty = Foreground(np.zeros((224, 224), bool), picture, noise=1.0)
    >>> usual = Novelty(0.5, 0.5, np.zeros((20, 30), np.float32))
    >>> frames = range(1, 31)
    >>> seen = [detector.update(picture, number=n, time=n / 25, foreground=empty, novelty=usual)
    ...     for n in frames]
    >>> [(event.kind, event.start) for events in seen for event in events]
    [('black', 1)]
    """

    def __init__(self, *, zones: Sequence[Zone] = ()) -> None:
        self._zones = tuple(zones)
        self._maps: dict[tuple[int, int], ZoneMap] = {}
        self._clock = Clock()
        self._scene, self._presence, self._spells = SceneWatch(), Presence(), NovelSpells()
        self.tolerance = Tolerance()
        self._shape = (1, 1)  # of the masks

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The things in view that have appeared, the oldest first."""
        height, width = self._shape
        now = self._clock.ago(0.0).number if self._presence.known else 0
        return tuple(
            Track(
                thing.number,
                to_share(thing.box, height=height, width=width),
                thing.first.number,
                is_still=thing.active.number < now,
            )
            for thing in self._presence.known
            if thing.number
        )

    def update(
        self,
        rgb: NDArray[np.uint8],
        *,
        number: int,
        time: float,
        foreground: Foreground,
        novelty: Novelty,
        is_first: bool = False,
    ) -> tuple[WatchEvent, ...]:
        """Go on by one frame.

        Args:
            rgb: (h, w, 3) uint8, of the size of the foreground's mask.
            number: of the frame, from 1.
            time: of the frame by the stream's own clock, in seconds.
            foreground: of the frame.
            novelty: of the frame.
            is_first: whether the frame before is no neighbour of it.

        Returns:
            the events that are told with this frame, each once in the stream.
        """
        elapsed = self._clock.advance(Moment(number, time))
        height, width = self._shape = foreground.mask.shape[0], foreground.mask.shape[1]
        events = self._scene.update(
            rgb, foreground=foreground, clock=self._clock, elapsed=elapsed, is_first=is_first
        )
        if self._scene.has_returned:
            self._presence.resettle()
        if not self._scene.is_blind:
            mask = foreground.mask
            watched = self._map(height, width).open if self._zones else None
            mask = mask if watched is None else mask & watched
            events += self._presence.update(
                rgb, mask, foreground=foreground, clock=self._clock, elapsed=elapsed
            )
            events += self._novel(novelty, elapsed=elapsed)
        return self._told(events)

    def forget(self) -> None:
        """Know nothing of the scene any longer, nor of what is in view; nothing is told of it."""
        self._presence.forget()

    def finish(self) -> tuple[WatchEvent, ...]:
        """The events that are told at the stream's end: what is in view has left with it."""
        events = self._scene.finish() + self._presence.finish(self._shape)
        spell = self._spells.finish()
        events += [] if spell is None else [_novel(spell)]
        return self._told(events)

    @property
    def rare(self) -> float:
        """Score from which something is novel, in [0, 1]; may be set."""
        return self._spells.rare

    @rare.setter
    def rare(self, score: float) -> None:
        """Set it."""
        self._spells.rare = score

    def _told(self, events: Sequence[WatchEvent]) -> tuple[WatchEvent, ...]:
        return tuple(self._placed(event) for event in events if self.tolerance.lets(event))

    def _novel(self, novelty: Novelty, *, elapsed: float) -> list[WatchEvent]:
        rows, columns = novelty.heat.shape
        watched = self._map(rows, columns).open if self._zones else None
        now = self._clock.ago(0.0)
        spell = self._spells.update(novelty, watched=watched, now=now, elapsed=elapsed)
        return [] if spell is None else [_novel(spell)]

    def _placed(self, event: WatchEvent) -> WatchEvent:
        """An event with the zone that it is in."""
        if event.box is None or not self._zones:
            return event
        height, width = self._shape
        return replace(event, zone=self._map(height, width).name_at(event.box))

    def _map(self, height: int, width: int) -> ZoneMap:
        if (height, width) not in self._maps:
            self._maps[height, width] = ZoneMap(self._zones, height=height, width=width)
        return self._maps[height, width]

    def state_dict(self) -> SavedState:
        """Its state, as tensors and plain values; zones are settings and not part of it.

        What can be recognised as a picture of the scene is in ``pixels``.
        """
        state: SavedState = {
            "clock": self._clock.state_dict(),
            "scene": self._scene.state_dict(),
            "presence": self._presence.state_dict(),
            "spells": self._spells.state_dict(),
            "tolerance": self.tolerance.state_dict(),
            "shape": self._shape,
        }
        state["pixels"] = {
            name: state[part][inner].pop(name) for name, (part, inner) in _PIXELS.items()
        }
        return state

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a state, bit for bit; nearly so where its ``pixels`` are None."""
        pixels = state["pixels"] or dict.fromkeys(_PIXELS)
        for name, (part, inner) in _PIXELS.items():
            whole = {**state[part][inner], name: pixels[name]}
            state = {**state, part: {**state[part], inner: whole}}
        self._clock.load_state_dict(state["clock"])
        self._scene.load_state_dict(state["scene"])
        self._presence.load_state_dict(state["presence"])
        self._spells.load_state_dict(state["spells"])
        if "tolerance" in state:  # an older one has none
            self.tolerance.load_state_dict(state["tolerance"])
        height, width = state["shape"]
        self._shape = height, width


def _novel(spell: Spell) -> WatchEvent:
    rows, columns = spell.grid
    return WatchEvent(
        "novel",
        spell.start.number,
        spell.last.number,
        spell.peak.number,
        spell.start.time,
        spell.last.time,
        spell.peak.time,
        score=spell.score,
        box=to_share(spell.cells, height=rows, width=columns),
    )
