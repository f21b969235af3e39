"""What has turned still: each such thing is a layer of its own, so that others pass before it.

A blob is still where nearly none of its pixels has changed for seconds. It is *left behind* where
its outline is an edge in the frame, and *removed*, an empty place, where it is one in the
background. From then on its pixels belong to it as long as they look as they do: a hand that comes
back to an empty place is a new thing.

When the place looks like the background again, what was left behind is removed, and the other way
round; when it is the background that has become like the place, nothing happened. A place that
was given back keeps what is left of its blob: a bottle is never put back exactly.
"""

from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from stream_ae.detection.events.ages import Look
from stream_ae.detection.events.thing import Pixels
from stream_ae.detection.findings import Mask
from stream_ae.kernels.blobs import Blobs, count_shared
from stream_ae.kernels.layers import part
from stream_ae.kernels.stillness import Levels, edge_energy, smooth_luma
from stream_ae.storage.state_file import SavedState

StillKind = Literal["left_behind", "removed"]

MOST = 24
"""Layers at a time; the oldest goes for the newest."""

STILL = 2.0
"""Seconds for which an empty place has not changed, or a thing that another one brought."""

_LIKE = 12.0  # levels of 255 by which a still thing may look otherwise than it did
_GONE = 0.6  # share of a layer that is background again, when it has gone
_GOES = 0.5  # seconds for which it is
_BACK = 0.6  # share of a place given back that is a still thing once more
_REST = 0.05  # share of a place given back that may be in the mask when nothing is left of its blob
_KEPT = 5.0  # seconds after which such a place is forgotten
_SETTLES = 0.5  # seconds after which a pixel in such a place is its own
_ABSORBED = 0.5  # share of a layer turned background that looks as before: nothing happened
_NOWHERE = -1000.0  # levels: like nothing that is seen
_AROUND = 6  # pixels around such a place that are its own
_FAINTEST = 0.1  # score below which it is not known whether a thing is there or an empty place


class Layer(NamedTuple):
    """A thing that stands still.

    Args:
        label: its pixels in the labels of all layers, from 1.
        area: how many they were at first.
        box: around them.
        kind: how it came; None where it was given back, or where that is not known.
        track: number of the thing that it was, 0 for none.
        gone: seconds for which it has looked like the background.
    """

    label: int
    area: int
    box: Pixels
    kind: StillKind | None
    track: int
    gone: float = 0.0


class StillChange(NamedTuple):
    """A thing that was left behind or removed.

    Args:
        kind: which of both.
        seconds: since it began to be so.
        box: where.
        score: in [0, 1], how sure it is.
        track: number of the thing that it was or that left it; 0 for none.
    """

    kind: StillKind
    seconds: float
    box: Pixels
    score: float
    track: int


class StillThings:
    """The layers of one stream, the oldest first."""

    def __init__(self) -> None:
        self._layers: dict[int, Layer] = {}
        self._labels = np.zeros((0, 0), np.uint8)
        self._memory = np.zeros((0, 0), np.float32)

    def part(
        self, mask: Mask, look: Look, *, background: NDArray[np.uint8], elapsed: float
    ) -> tuple[Mask, list[StillChange]]:
        """Take the layers out of a mask, and see which of them have changed.

        Args:
            mask: (h, w), of the foreground.
            look: of the frame.
            background: (h, w, 3), of the foreground.
            elapsed: seconds since the frame before.
        """
        if not self._layers:
            return mask, []
        if np.isnan(self._memory[0, 0]):  # of a saved state without pixels
            self._memory = look.luma.copy()
        waits = np.full(MOST + 1, -1, np.float32)
        waits[[layer.label for layer in self._layers.values() if layer.kind is None]] = _SETTLES
        moving, counts = part(
            mask,
            look.luma,
            age=look.age,
            labels=self._labels,
            memory=self._memory,
            waits=waits,
            like=_LIKE,
            old=STILL,
        )
        changes: list[StillChange] = []
        for layer in tuple(self._layers.values()):
            off, alike, on, old = counts[layer.label].tolist()
            is_given_back = layer.kind is None
            is_gone = on <= _REST * layer.area if is_given_back else off >= _GONE * layer.area
            layer = layer._replace(gone=layer.gone + elapsed if is_gone else 0.0)
            self._layers[layer.label] = layer
            if not is_given_back:
                changes += self._give_back(layer, share=off / layer.area, alike=alike / max(off, 1))
            elif old >= _BACK * layer.area:
                where = (self._labels == layer.label) & mask
                kind, score = tell_apart(where, look.luma, background=background)
                self._drop(layer)
                changes += self.add(where, look, kind=kind, score=score, track=0)
            elif layer.gone >= _KEPT:
                self._drop(layer)
        return moving, changes

    def add(
        self, where: Mask, look: Look, *, kind: StillKind, score: float, track: int
    ) -> list[StillChange]:
        """Make a blob that is still a layer.

        Args:
            where: (h, w), the blob.
            look: of the frame.
            kind: of the blob, from :func:`tell_apart`.
            score: likewise.
            track: number of the thing that it is or that left it, 0 for none.

        Returns:
            what is told of it: nothing where it is not known what it is.
        """
        if self._labels.shape != where.shape:
            self._layers.clear()
            self._labels = np.zeros(where.shape, np.uint8)
            self._memory = np.zeros(where.shape, np.float32)
        if len(self._layers) == MOST:
            self._drop(next(iter(self._layers.values())))
        label = next(n for n in range(1, MOST + 1) if n not in self._layers)
        self._labels[where] = label
        self._memory[where] = look.luma[where]
        for layer in tuple(self._layers.values()):  # what it covers
            if np.count_nonzero(self._labels == layer.label) < _BACK * layer.area:
                self._drop(layer)
        area, box = int(np.count_nonzero(where)), box_of(where)
        is_known = score >= _FAINTEST
        self._layers[label] = Layer(label, area, box, kind if is_known else None, track)
        return [StillChange(kind, STILL, box, score, track)] if is_known else []

    def shares(self, blobs: Blobs) -> list[tuple[float, float]]:
        """Of each blob, the share of its pixels where a layer is, and where a place given back."""
        if not self._layers:
            return [(0.0, 0.0)] * len(blobs.areas)
        counts = count_shared(blobs.labels, self._labels)[1 : len(blobs.areas) + 1, 1:]
        places = [layer.label - 1 for layer in self._layers.values() if layer.kind is None]
        within, given_back = counts.sum(1), counts[:, places].sum(1)
        return [
            (float(one / area), float(other / area))
            for one, other, area in zip(within, given_back, blobs.areas, strict=True)
        ]

    def _give_back(self, layer: Layer, *, share: float, alike: float) -> list[StillChange]:
        """What is told where a layer is background again, unless the background is like it now."""
        if layer.gone < _GOES:
            return []
        if alike >= _ABSORBED:
            self._drop(layer)
            return []
        around = grown(self._labels == layer.label, reach=_AROUND) & (self._labels == 0)
        self._labels[around] = layer.label
        self._memory[around] = _NOWHERE
        self._layers[layer.label] = layer._replace(kind=None, gone=0.0)
        kind: StillKind = "removed" if layer.kind == "left_behind" else "left_behind"
        return [StillChange(kind, _GOES, layer.box, min(share, 1.0), layer.track)]

    def _drop(self, layer: Layer) -> None:
        self._labels[self._labels == layer.label] = 0
        del self._layers[layer.label]

    @property
    def is_any(self) -> bool:
        """Whether there is any layer."""
        return bool(self._layers)

    def clear(self) -> None:
        """Know no layer any longer."""
        self._layers.clear()
        self._labels[:] = 0

    def accept(self, luma: Levels) -> None:
        """Remember the layers as they look now, after the light has changed."""
        here = self._labels > 0
        self._memory[here] = luma[here]

    def state_dict(self) -> SavedState:
        """Its state, as tensors and plain values."""
        return {
            "layers": [layer._asdict() for layer in self._layers.values()],
            "labels": torch.from_numpy(self._labels.copy()),
            "memory": torch.from_numpy(self._memory.copy()),
        }

    def load_state_dict(self, state: SavedState) -> None:
        """Go on from a state."""
        self._layers = {values["label"]: Layer(**values) for values in state["layers"]}
        self._labels = state["labels"].numpy().copy()
        memory = state["memory"]
        unknown = np.full(self._labels.shape, np.nan, np.float32)
        self._memory = unknown if memory is None else memory.numpy().copy()


def tell_apart(
    where: Mask, luma: Levels, *, background: NDArray[np.uint8]
) -> tuple[StillKind, float]:
    """Whether a still blob is a thing or an empty place, and how sure that is, in [0, 1].

    With e the mean steepness along the outline, in the frame and in the background::

        score = |e_frame - e_background| / (e_frame + e_background)
    """
    labels = where.view(np.uint8)
    here = edge_energy(luma, labels, label=1)
    before = edge_energy(smooth_luma(background), labels, label=1)
    kind: StillKind = "left_behind" if here > before else "removed"
    return kind, abs(here - before) / max(here + before, 1e-6)


def box_of(where: Mask) -> Pixels:
    """The box around a mask that is not empty."""
    rows, columns = np.flatnonzero(where.any(1)), np.flatnonzero(where.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def grown(mask: Mask, *, reach: int) -> Mask:
    """A mask grown by some pixels to each side."""
    out = mask.copy()
    for axis in (0, 1):
        for _ in range(reach):
            line = out.copy()
            ahead, behind = [slice(None)] * 2, [slice(None)] * 2
            ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
            out[tuple(ahead)] |= line[tuple(behind)]
            out[tuple(behind)] |= line[tuple(ahead)]
    return out
