"""One saved state: a file that is written at once and not believed unless every bit is right.

The file is what ``torch.save`` makes, a zip archive that ``torch.load(weights_only=True)`` reads:
tensors and plain values, no code. The checksums inside a zip archive do not cover its directory, so
one wrong bit there can exchange two tensors unnoticed. Therefore the file is sealed: the archive's
comment, at its very end, is the SHA-256 of all that comes before it.
"""

import hashlib
import io
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from stream_ae.errors import CheckpointError
from stream_ae.settings.release import release
from stream_ae.storage.atomic import read_stored, write_atomically

SavedState = dict[str, Any]
"""Plain values by name, nested in dictionaries, lists and tuples; a state has tensors, too.

JSON objects have this type as well. Their readers check what they read.
"""

FORMAT = 8
"""Version of the layout; a state of another layout is refused."""

_SEAL = 64  # hexadecimal digits


class DamagedStateError(CheckpointError):
    """A file that is no whole state; the message is the reason in a few words."""


def write_state(path: Path, state: Mapping[str, object]) -> None:
    """Write a state atomically, with the versions that wrote it.

    Args:
        path: of the file.
        state: tensors and plain values, nested in dictionaries, lists and tuples.

    Raises:
        OSError: it cannot be written; what was there before is as it was.
    """
    versions = {
        "format": FORMAT,
        "stream_ae": release(),
        "torch": str(torch.__version__),
    }
    file = io.BytesIO()
    torch.save({**versions, **state}, file)
    file.seek(-2, io.SEEK_END)  # all in place: a state of some megabytes is copied once
    file.write(_SEAL.to_bytes(2, "little"))  # how long the comment is
    file.write(_seal(file.getbuffer()))
    write_atomically(path, file.getvalue())


def read_state(path: Path) -> SavedState:
    """Read a state with all its tensors on the CPU.

    Raises:
        DamagedStateError: it cannot be read, or it is not bit for bit what was written.
        CheckpointError: it is of another format.
    """
    try:
        sealed = read_stored(path)
    except OSError as error:
        raise DamagedStateError(error.strerror or str(error)) from error
    if sealed[-_SEAL:] != _seal(sealed[:-_SEAL]):
        raise DamagedStateError("bad checksum")
    try:
        state = torch.load(io.BytesIO(sealed), weights_only=True, map_location="cpu")
    except (RuntimeError, pickle.UnpicklingError) as error:
        raise DamagedStateError(f"torch {torch.__version__} cannot read it") from error
    if not isinstance(state, dict) or "format" not in state:
        raise DamagedStateError("not a state of stream-ae")
    if state["format"] != FORMAT:
        raise CheckpointError(
            f"{path} should have format {FORMAT}, which stream-ae {release()} reads, got"
            f" format {state['format']} of stream-ae {state.get('stream_ae', '(unknown)')};"
            " resume with that version or begin another run"
        )
    return state


def _seal(archive: bytes | memoryview) -> bytes:
    return hashlib.sha256(archive).hexdigest().encode()
