"""A data set for novelty: clips of what is usual, then clips of which every frame has a label.

A folder is laid out as Ped2 here: ``train`` and ``test`` with videos in natural order, and
``test/labels.json`` with ``{file name: [0 or 1 for each frame]}``, 1 where something is abnormal.
Mahadevan, Li, Bhalodia, Vasconcelos, "Anomaly Detection in Crowded Scenes", CVPR 2010.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from stream_ae.errors import SourceError
from stream_ae.frame import Frame
from stream_ae.sources.address import open_source
from stream_ae.sources.image_listing import natural_order

_LABELS = "labels.json"


class LabelledFrame(NamedTuple):
    """A frame, and what is known of it.

    Args:
        frame: with a clock that goes on from clip to clip; the first of a clip ``is_first``.
        clip: the file that it comes from.
        is_novel: whether something abnormal is in it; None in training clips.
    """

    frame: Frame
    clip: str
    is_novel: bool | None


@dataclass(frozen=True, slots=True)
class LabelledClips:
    """Clips in the order in which they are shown.

    Args:
        name: of the data set.
        train: videos of what is usual.
        test: videos with the labels of their frames.
    """

    name: str
    train: tuple[Path, ...]
    test: tuple[tuple[Path, tuple[bool, ...]], ...]

    def frames(self) -> Iterator[LabelledFrame]:
        """All frames of all clips as one stream.

        Raises:
            SourceError: a clip cannot be read, or has another number of frames than labels.
        """
        end = 0.0
        for path, labels in (*((path, None) for path in self.train), *self.test):
            count, period, last = 0, 0.0, 0.0
            with open_source(path) as source, closing(source.frames()) as frames:
                for count, frame in enumerate(frames, 1):
                    if labels is not None and count > len(labels):
                        raise _uncounted(path, f"more than {len(labels)}")
                    period, last = frame.time - last, frame.time
                    yield LabelledFrame(
                        replace(frame, time=end + frame.time, is_first=count == 1),
                        path.name,
                        None if labels is None else labels[count - 1],
                    )
            if labels is not None and count < len(labels):
                raise _uncounted(path, f"{count} for {len(labels)} labels")
            end += last + period


def open_clips(folder: str) -> LabelledClips:
    """Look up a data set.

    Raises:
        SourceError: it is not laid out like that.
    """
    root = Path(folder).resolve()
    path = root / "test" / _LABELS
    train = tuple(sorted((root / "train").glob("*.*"), key=natural_order))
    if not (path.is_file() and train):
        raise SourceError(
            f"cannot evaluate {folder!r}: folders train and test with videos in them, and"
            f" test/{_LABELS}, were expected, got none; is the path right?"
        )
    try:
        labels = json.loads(path.read_text(encoding="utf-8"))
        test = tuple((path.parent / name, tuple(map(_label, labels[name]))) for name in labels)
    except (ValueError, TypeError) as error:
        raise SourceError(
            f"{str(path)!r} must hold {{file name: [0 or 1 for each frame]}}, got {error}; mend it"
        ) from error
    missing = [each.name for each, _ in test if not each.is_file()]
    if missing or not test:
        raise SourceError(
            f"{str(path)!r} must name videos beside it, got {', '.join(missing) or 'none'};"
            " is the data set whole?"
        )
    return LabelledClips(root.name, train, tuple(sorted(test, key=lambda t: natural_order(t[0]))))


def _label(value: object) -> bool:
    if value not in (0, 1):
        raise ValueError(f"the label {value!r}")
    return bool(value)


def _uncounted(path: Path, got: str) -> SourceError:
    return SourceError(
        f"{path.name} must have a frame for each label, got {got} frames; is the data set whole?"
    )
