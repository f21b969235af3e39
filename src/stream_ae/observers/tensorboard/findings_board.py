"""What watching finds, for TensorBoard: two curves and two pictures.

The tags of the curves are those of :func:`stream_ae.observers.findings_window.scalars`; the
pictures, the foreground over the frame and the heat map of novelty over it, are written as seldom
as those of learning.
"""

from pathlib import Path

import numpy as np

from stream_ae.detection.findings import Findings
from stream_ae.frame import Frame
from stream_ae.observers.findings import FindingsObserver
from stream_ae.observers.findings_window import CHANGE, FOREGROUND, FindingsWindow
from stream_ae.observers.images import jpeg
from stream_ae.observers.overlays import small_picture, with_heat, with_mask
from stream_ae.observers.tensorboard.board import Board, Schedule
from stream_ae.observers.tensorboard.event_file import EventFile

_CHARTS = {"what moves and what does not belong": (CHANGE, FOREGROUND)}


class FindingsBoard(FindingsObserver):
    """Write what is found for TensorBoard.

    Args:
        directory: the run folder.
        board: that of the network, if one learns; its file is shared, and the change is left to it.
        images: False writes nothing in which a pixel could be seen.
        resumed_at: the frame that the run is resumed at; later points of an earlier part are
            hidden.

    Raises:
        MissingExtraError: TensorBoard, google-crc32c or Pillow is not installed.
    """

    def __init__(
        self,
        directory: Path,
        *,
        board: Board | None = None,
        images: bool = True,
        resumed_at: int = 0,
    ) -> None:
        self._alone = board is None
        self._file = (
            EventFile(directory, resumed_at=resumed_at, charts=_CHARTS)
            if board is None
            else board.file
        )
        self._images = images
        if images:
            jpeg(np.zeros((1, 1, 3), np.uint8))  # loads Pillow now, or says that it is missing
        self._window, self._schedule = FindingsWindow(), Schedule()
        self._latest: tuple[Findings, Frame] | None = None  # whose pictures are not written

    def on_findings(self, findings: Findings, frame: Frame) -> None:
        """Add the frame to its window; write pictures where the schedule says so.

        Raises:
            OSError: the file cannot be written. This point is lost; the next frame tries again.
        """
        self._latest = findings, frame
        due = self._images and self._schedule.due()
        try:
            self._add_scalars(self._window.add(findings))
            if due:
                self._add_images(findings, frame)
        finally:
            if due:
                self._schedule.done()

    def close(self) -> None:
        """Write the last, incomplete window and the pictures of the last frame.

        Raises:
            OSError: the file cannot be written; it is closed all the same.
        """
        try:
            self._add_scalars(self._window.take())
            if self._images and self._latest is not None:
                self._add_images(*self._latest)
        finally:
            self._file.close()

    def _add_scalars(self, window: tuple[int, dict[str, float]] | None) -> None:
        if window is not None:
            number, means = window
            if not self._alone:
                means.pop(CHANGE, None)
            self._file.add_scalars(number, means)

    def _add_images(self, findings: Findings, frame: Frame) -> None:
        self._latest = None
        picture = small_picture(frame.rgb, pixel_aspect=frame.pixel_aspect)
        shown = {
            "images/foreground": with_mask(picture, findings.foreground.mask),
            "images/novelty": with_heat(picture, findings.novelty.heat),
        }
        jpegs = {tag: (jpeg(rgb), rgb.shape[:2]) for tag, rgb in shown.items()}
        self._file.add_jpegs(findings.number, jpegs)
