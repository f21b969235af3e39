"""A file that TensorBoard reads, written record by record without a thread.

TensorBoard's own writer hands records to a thread, where an error (a full disk, say) goes unseen.
This one writes where it is called: an error is raised there and costs that one record; the next
call tries again. The messages are TensorBoard's own, framed as TensorFlow's records are: length,
checksum of the length, message, checksum of the message.
"""

import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from stream_ae.errors import MissingExtraError
from stream_ae.observers.tensorboard.histograms import Histogram
from stream_ae.observers.tensorboard.hparams import session_begins, session_ends
from stream_ae.storage.atomic import AppendedFile

_PREFIX = "events.out.tfevents."


class EventFile:
    """Scalars, notes, images and histograms over the number of a frame.

    Args:
        directory: the folder that TensorBoard is pointed at; made with the first record.
        resumed_at: the frame that the run is resumed at; what earlier files of that folder hold
            about later frames is hidden.
        charts: curves to be drawn in one chart, by its title; the tab "custom scalars" shows them.
        settings: of the run, by their names; the tab "hparams" compares runs by them.

    Raises:
        MissingExtraError: TensorBoard or google-crc32c is not installed.
    """

    def __init__(
        self,
        directory: Path,
        *,
        resumed_at: int = 0,
        charts: Mapping[str, Sequence[str]],
        settings: Mapping[str, object] | None = None,
    ) -> None:
        try:
            import google_crc32c
            from tensorboard.compat.proto.event_pb2 import Event, SessionLog
            from tensorboard.compat.proto.summary_pb2 import Summary
            from tensorboard.plugins.custom_scalar.layout_pb2 import Layout
        except ImportError as error:
            raise MissingExtraError("TensorBoard", purpose="the board", extra="board") from error
        self._event, self._summary, self._crc32c = Event, Summary, google_crc32c.value
        together = [
            {"title": title, "multiline": {"tag": [f"^{re.escape(tag)}$" for tag in tags]}}
            for title, tags in charts.items()
        ]
        layout = Layout(category=[{"title": "together", "chart": together}])
        self._opening = [
            Event(wall_time=time.time(), file_version="brain.Event:2"),
            Event(
                wall_time=time.time(),
                step=resumed_at + 1,
                session_log=SessionLog(status=SessionLog.START),
            ),
            Event(
                wall_time=time.time(), summary=Summary(value=[_layout(layout.SerializeToString())])
            ),
        ]
        if settings:
            values = [Summary.Value(**record) for record in session_begins(settings)]
            self._opening.append(Event(wall_time=time.time(), summary=Summary(value=values)))
        self._has_session = bool(settings)
        self._file = AppendedFile(directory / f"{_PREFIX}{_stamp(directory)}.stream-ae")

    def add_scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write one point of each curve.

        Raises:
            OSError: the record could not be written. The same holds for the other methods.
        """
        self._add(step, [{"tag": tag, "simple_value": value} for tag, value in values.items()])

    def add_texts(self, step: int, texts: Mapping[str, str]) -> None:
        """Write notes for the tab "text", in Markdown."""
        self._add(
            step,
            [
                _note(tag, text.encode(errors="backslashreplace"), plugin="text")
                for tag, text in texts.items()
            ],
        )

    def add_jpegs(self, step: int, images: Mapping[str, tuple[bytes, tuple[int, int]]]) -> None:
        """Write images, each as the bytes of a JPEG file with its height and width."""
        self._add(
            step,
            [
                {
                    "tag": tag,
                    "image": {
                        "height": height,
                        "width": width,
                        "colorspace": 3,
                        "encoded_image_string": jpeg,
                    },
                }
                for tag, (jpeg, (height, width)) in images.items()
            ],
        )

    def add_histograms(self, step: int, histograms: Mapping[str, Histogram]) -> None:
        """Write histograms."""
        self._add(
            step,
            [
                {
                    "tag": tag,
                    "histo": {
                        "min": histogram.low,
                        "max": histogram.high,
                        "num": histogram.count,
                        "sum": histogram.total,
                        "sum_squares": histogram.squares,
                        "bucket_limit": histogram.limits.tolist(),
                        "bucket": histogram.counts.tolist(),
                    },
                }
                for tag, histogram in histograms.items()
            ],
        )

    def end_session(self, step: int) -> None:
        """Write that the run whose settings are known has ended."""
        if self._has_session:
            self._add(step, [session_ends()])

    def close(self) -> None:
        """Free the file; harmless when nothing was written."""
        self._file.close()

    def _add(self, step: int, values: list[dict[str, object]]) -> None:
        summary = self._summary(value=[self._summary.Value(**value) for value in values])
        event = self._event(wall_time=time.time(), step=step, summary=summary)
        opening = self._opening if self._file.length == 0 else []
        records = [self._record(each.SerializeToString()) for each in (*opening, event)]
        self._file.append(b"".join(records))

    def _record(self, message: bytes) -> bytes:
        """One record of TensorFlow's format (``tensorflow/core/lib/io/record_writer.h``)."""
        length = len(message).to_bytes(8, "little")
        return b"".join((length, self._checksum(length), message, self._checksum(message)))

    def _checksum(self, data: bytes) -> bytes:
        """CRC-32C, masked: a checksum of data that holds checksums itself would be weak."""
        crc = int(self._crc32c(data))
        rotated = crc >> 15 | (crc << 17) & 0xFFFFFFFF
        return ((rotated + 0xA282EAD8) & 0xFFFFFFFF).to_bytes(4, "little")


def _layout(charts: bytes) -> dict[str, object]:
    """The note from which the tab "custom scalars" reads its charts."""
    return _note("custom_scalars__config__", charts, plugin="custom_scalars")


def _note(tag: str, content: bytes, *, plugin: str) -> dict[str, object]:
    return {
        "tag": tag,
        "metadata": {"plugin_data": {"plugin_name": plugin}},
        "tensor": {"dtype": "DT_STRING", "tensor_shape": {}, "string_val": [content]},
    }


def _stamp(directory: Path) -> str:
    """Seconds since 1970 in ten digits, later than the stamp of every file in the folder.

    TensorBoard reads the files of a folder in the order of their names. A run may be stopped and
    resumed within one second, or resumed after the clock was set back.
    """
    names = [path.name.removeprefix(_PREFIX) for path in directory.glob(f"{_PREFIX}*")]
    earlier = [int(name[:10]) for name in names if name[:10].isdecimal()]
    return f"{max([int(time.time()) - 1, *earlier]) + 1:010d}"
