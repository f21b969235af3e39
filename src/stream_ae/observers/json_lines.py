"""The lines of a run on the standard output, for a program that follows it."""

import logging
from typing import TextIO

_log = logging.getLogger("stream_ae")


class JsonLines:
    """Writes lines of JSON, each at once; one that cannot be written ends it, and not the run.

    Args:
        output: where they go.

    Whoever reads them makes the run wait where it does not read on, as in any pipe.
    """

    def __init__(self, output: TextIO) -> None:
        self._output: TextIO | None = output

    def __call__(self, line: bytes) -> None:
        """Write a line, which ends as lines do."""
        if self._output is None:
            return
        try:
            self._output.write(line.decode())
            self._output.flush()
        except OSError as error:
            self._output = None
            _log.warning(
                "cannot write lines to the standard output: %s; learning goes on without them",
                error.strerror or error,
            )
