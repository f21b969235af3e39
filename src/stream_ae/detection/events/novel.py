"""What has never been seen, told once for all the frames that it lasts.

Novelty is above its threshold in single frames by chance, and what is novel sinks below it in
between. So a spell begins where novelty is high for a while, and ends where it is low for longer.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_ae.detection.events.clock import Moment
from stream_ae.detection.findings import Mask, Novelty
from stream_ae.kernels.blobs import find_blobs
from stream_ae.storage.state_file import SavedState

HIGH, LOW = 1.0, 0.8
"""Raw novelty at which a spell begins, and below which it ends."""

RARE = 0.99
"""Score at which it begins, unless told otherwise; both must be reached."""

LASTS = 0.5
"""Seconds of high novelty before it is told."""

_PAUSES = 1.0  # seconds below LOW that end a spell
_LONGEST = 3.0  # seconds after which a spell is told although it goes on
_PLACE = 0.6  # share of the heat map's peak that belongs to the place


class Spell(NamedTuple):
    """A time of high novelty.

    Args:
        start: its first frame.
        last: its last one so far that was not low.
        peak: the one with the highest raw score.
        raw: that score.
        score: the highest calibrated one.
        cells: its place in the heat map's cells, as left, top, right, bottom.
        grid: rows and columns of that map.
        high: seconds of high novelty.
        age: seconds since it began.
        low: seconds since it was last not low.
        is_told: whether it was.
    """

    start: Moment
    last: Moment
    peak: Moment
    raw: float
    score: float
    cells: tuple[int, int, int, int]
    grid: tuple[int, int]
    high: float = 0.0
    age: float = 0.0
    low: float = 0.0
    is_told: bool = False


class NovelSpells:
    """Spells of high novelty, one after the other.

    Attributes:
        rare: score at which a spell begins.
    """

    def __init__(self) -> None:
        self.rare = RARE
        self._spell: Spell | None = None
        self._rising: Moment | None = None  # since when it has been high, rare or not

    def update(
        self, novelty: Novelty, *, watched: Mask | None, now: Moment, elapsed: float
    ) -> Spell | None:
        """The spell that is told with this frame.

        Args:
            novelty: of the frame.
            watched: of the heat map's cells, those that count; None for all.
            now: the frame.
            elapsed: seconds since the one before.
        """
        heat = novelty.heat if watched is None else np.where(watched, novelty.heat, 0)
        most = float(novelty.heat.max()) if watched is not None else 0.0
        raw = novelty.raw * (float(heat.max()) / most) if most > 0 else novelty.raw
        is_high = raw >= HIGH and novelty.score >= self.rare
        is_low = raw < LOW
        self._rising = (self._rising or now) if raw >= HIGH else None
        spell = self._spell
        if spell is None:
            if not is_high:
                return None
            spell = Spell(self._rising or now, now, now, 0.0, 0.0, (0, 0, 1, 1), (1, 1))
        if raw > spell.raw:
            rows, columns = heat.shape
            spell = spell._replace(
                peak=now,
                raw=raw,
                cells=_place(heat),
                grid=(rows, columns),
            )
        spell = spell._replace(
            score=max(spell.score, novelty.score),
            last=spell.last if is_low else now,
            low=spell.low + elapsed if is_low else 0.0,
            high=spell.high + elapsed * is_high,
            age=spell.age + elapsed,
        )
        is_over = spell.low >= _PAUSES
        is_due = spell.high >= LASTS and (is_over or spell.age >= _LONGEST) and not spell.is_told
        self._spell = None if is_over else spell._replace(is_told=spell.is_told or is_due)
        return spell if is_due else None

    def finish(self) -> Spell | None:
        """The spell that is told at the stream's end."""
        spell, self._spell = self._spell, None
        return spell if spell is not None and spell.high >= LASTS and not spell.is_told else None

    def state_dict(self) -> SavedState:
        """Its state, as plain values."""
        values = {} if self._spell is None else self._spell._asdict()
        spell = {name: tuple(v) if isinstance(v, tuple) else v for name, v in values.items()}
        rising = self._rising and tuple(self._rising)
        return {"spell": spell, "rising": rising, "rare": self.rare}

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a state."""
        values, rising = state["spell"], state["rising"]
        moments = {name: Moment(*values[name]) for name in ("start", "last", "peak") if values}
        self._spell = Spell(**{**values, **moments}) if values else None
        self._rising = Moment(*rising) if rising else None
        self.rare = state.get("rare", RARE)  # an older state has none


def _place(heat: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """The cells around the peak that are nearly as hot, as left, top, right, bottom."""
    blobs = find_blobs(heat >= _PLACE * heat.max(), least=1)
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    left, top, right, bottom = blobs.boxes[blobs.labels[row, column] - 1].tolist()
    return left, top, right, bottom
