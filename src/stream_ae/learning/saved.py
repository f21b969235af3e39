"""The file that :meth:`StreamLearner.save` writes: a learner's state and its optimizer's name.

A state of one optimizer means nothing to another, so the name is checked before anything is loaded.
"""

from pathlib import Path

from stream_ae.errors import CheckpointError
from stream_ae.storage.state_file import DamagedStateError, SavedState, read_state, write_state


def write_learner(path: Path, state: SavedState, *, optimizer: str) -> None:
    """Write a learner's state, atomically.

    Args:
        path: of the file.
        state: of the learner.
        optimizer: the name of its optimizer.

    Raises:
        OSError: it cannot be written; what was there before is as it was.
    """
    write_state(path, {"optimizer": optimizer, "learner": state})


def read_learner(path: Path, *, optimizer: str) -> SavedState:
    """Read the state that :func:`write_learner` wrote.

    Raises:
        CheckpointError: the file cannot be used, or was written with another optimizer.
    """
    try:
        state = read_state(path)
    except DamagedStateError as error:
        raise CheckpointError(
            f"cannot load {path}: {error}; a file written by StreamLearner.save was expected"
        ) from error
    if state.get("optimizer") != optimizer:
        raise CheckpointError(
            f"cannot load {path}: it was learned with {state.get('optimizer')!r} and this"
            f" learner uses {optimizer!r}; make the learner with the same optimizer"
        )
    learner: SavedState = state["learner"]
    return learner
