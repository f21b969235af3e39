"""What was found in every frame as numbers: a file of comma-separated values."""

from pathlib import Path

from stream_ae.detection.findings import Findings
from stream_ae.frame import Frame
from stream_ae.observers.findings import FindingsObserver
from stream_ae.storage.atomic import AppendedFile, read_stored, write_atomically

HEADER = b"frame,change_ratio,foreground_ratio,novelty\n"


class ScoreLines(FindingsObserver):
    """Write a line for each frame: its number from 1, two shares of the pixels, and its novelty.

    Args:
        path: of the file; a run that begins replaces it.
        resumed_at: the frame that the run is resumed at; lines about later ones are removed.
    """

    def __init__(self, path: Path, *, resumed_at: int = 0) -> None:
        self._path, self._resumed_at = path, resumed_at
        self._file = AppendedFile(path)
        self._begun = False

    def on_findings(self, findings: Findings, frame: Frame) -> None:  # noqa: ARG002 - numbers only
        """Write one line.

        Raises:
            OSError: it cannot be written; the line is lost.
        """
        if not self._begun:
            write_atomically(self._path, HEADER + _kept_lines(self._path, until=self._resumed_at))
            self._begun = True
        shares = findings.change_ratio, findings.foreground.ratio, findings.novelty.score
        line = ",".join([str(findings.number), *(f"{float(share):.9g}" for share in shares)])
        self._file.append(f"{line}\n".encode())

    def close(self) -> None:
        """Free the file."""
        self._file.close()


def _kept_lines(path: Path, *, until: int) -> bytes:
    """The whole lines of a file about frames up to one."""
    if not until or not path.exists():
        return b""
    lines = read_stored(path).splitlines(keepends=True)
    return b"".join(line for line in lines if line.endswith(b"\n") and _number(line) <= until)


def _number(line: bytes) -> float:
    """The frame that a line is about; a number beyond all where it is about none."""
    first = line.partition(b",")[0]
    return int(first) if first.isdigit() else float("inf")
