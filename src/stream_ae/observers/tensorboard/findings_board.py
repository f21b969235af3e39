"""What watching finds, as pictures for TensorBoard.

The foreground over the frame and the heat map of novelty over it, as seldom as the pictures of
learning; the curves are those of :mod:`stream_ae.observers.findings_scalars`.
"""

from stream_ae.detection.findings import Findings
from stream_ae.frame import Frame
from stream_ae.observers.findings import FindingsObserver
from stream_ae.observers.images import jpeg
from stream_ae.observers.overlays import small_picture, with_heat, with_mask
from stream_ae.observers.tensorboard.board import Board, Schedule


class FindingsBoard(FindingsObserver):
    """Write ``images/foreground`` and ``images/novelty``. A private run has no such observer.

    Args:
        board: of the run. Its file is shared, since of several files in a folder TensorBoard
            follows only the newest.
    """

    def __init__(self, board: Board) -> None:
        self._file, self._schedule = board.file, Schedule()
        self._latest: tuple[Findings, Frame] | None = None  # whose pictures are not written

    def on_findings(self, findings: Findings, frame: Frame) -> None:
        """Write pictures where the schedule says so.

        Raises:
            OSError: the file cannot be written; the next record is tried when it is due.
        """
        self._latest = findings, frame
        if self._schedule.due():
            try:
                self._add(findings, frame)
            finally:
                self._schedule.done()

    def close(self) -> None:
        """Write the pictures of the last frame.

        Raises:
            OSError: the file cannot be written; it is closed all the same.
        """
        try:
            if self._latest is not None:
                self._add(*self._latest)
        finally:
            self._file.close()

    def _add(self, findings: Findings, frame: Frame) -> None:
        self._latest = None
        picture = small_picture(frame.rgb, pixel_aspect=frame.pixel_aspect)
        shown = {
            "images/foreground": with_mask(picture, findings.foreground.mask),
            "images/novelty": with_heat(picture, findings.novelty.heat),
        }
        jpegs = {tag: (jpeg(rgb), rgb.shape[:2]) for tag, rgb in shown.items()}
        self._file.add_jpegs(findings.number, jpegs)
