"""Every error that stream-ae raises on purpose.

::

    Exception
    ├── ValueError, TypeError        a bad argument: the caller can fix it
    └── StreamAEError
        ├── SourceError              a stream cannot be opened, or holds no frame
        │   └── SourceLostError      a stream that was giving frames broke for good
        ├── CheckpointError          a file of a run cannot be used
        │   └── DamagedStateError    a saved state is not what was written (state_file.py)
        ├── UnsavedError             what was learned could not be saved
        ├── ConfigError              an option, a key or their combination makes no sense
        │   └── ReplacedError        another process learns into the run folder
        ├── DivergedError            learning left the finite numbers
        └── MissingExtraError        an optional dependency is not installed

A message has three parts: what was expected, what came (the value), and what to do.
"""


class StreamAEError(Exception):
    """The world failed, not the program: the command line prints one line and no traceback."""


class SourceError(StreamAEError):
    """A stream cannot be opened, or holds no frame."""


class SourceLostError(SourceError):
    """A stream that was giving frames broke and could not be recovered."""


class CheckpointError(StreamAEError):
    """A file of a run folder is missing, damaged or of another version."""


class UnsavedError(StreamAEError):
    """What was learned could not be saved at the end of a run; the message says what is lost."""


class ConfigError(StreamAEError):
    """An option, a configuration key or a combination of them makes no sense."""


class ReplacedError(ConfigError):
    """Another process has a run folder, or has taken it over from this one."""


class DivergedError(StreamAEError):
    """The loss is no longer a finite number, so no step can be taken."""


class MissingExtraError(StreamAEError):
    """An optional dependency is not installed.

    Args:
        package: what is missing, by the name that users know.
        purpose: what it is needed for, the beginning of the sentence.
        extra: the extra of stream-ae that brings it.

    >>> str(MissingExtraError("PyAV", purpose="reading a video", extra="video"))
    "reading a video needs PyAV, which is not installed; pip install 'stream-ae[video]'"
    """

    def __init__(self, package: str, *, purpose: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs {package}, which is not installed; pip install 'stream-ae[{extra}]'"
        )
