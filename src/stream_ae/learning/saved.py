"""A learner's state, loaded whole or not at all, and the file that it is saved in.

A state of one optimizer means nothing to another, so the file has its name.
"""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path

from torch import Tensor

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
    """Read the state that :func:`write_learner` wrote, or that in a checkpoint of a run.

    Raises:
        CheckpointError: the file cannot be used, or was written with another optimizer.
    """
    wanted = "a file written by StreamLearner.save, or a checkpoint of a run, was expected"
    try:
        state = read_state(path)
    except DamagedStateError as error:
        raise CheckpointError(f"cannot load {path}: {error}; {wanted}") from error
    settings = state.get("settings", {})  # of a run
    learner, name = state.get("learner"), state.get("optimizer", settings.get("optimizer"))
    if not isinstance(learner, dict):
        raise CheckpointError(f"cannot load {path}: it holds no learner; {wanted}")
    if name != optimizer:
        raise CheckpointError(
            f"cannot load {path}: it was learned with {name!r} and this learner uses"
            f" {optimizer!r}; make the learner with the same optimizer"
        )
    return learner


def restore(state: SavedState, *, own: SavedState, load: Callable[[SavedState], None]) -> None:
    """Load a state, or leave everything as it was.

    Args:
        state: what is loaded.
        own: the learner's present state.
        load: takes a state, and may break off in the middle.

    Raises:
        CheckpointError: the state is not whole, or not of such a learner.
    """
    before = copy.deepcopy(own)
    try:
        _check(state, own)
        load(copy.deepcopy(state))  # an optimizer would go on with the very tensors it is given
    except BaseException as error:
        load(before)
        if isinstance(error, CheckpointError) or not isinstance(error, Exception):
            raise
        reason = " ".join(str(error).split())
        raise CheckpointError(
            f"a state must fit its learner, got {type(error).__name__}: {reason}; make the learner"
            " as it was when it was saved"
        ) from error


def _check(state: SavedState, own: SavedState) -> None:
    if not isinstance(state, dict):
        raise CheckpointError(
            f"a state must be a dictionary, got a {type(state).__name__}; load what state_dict gave"
        )
    missing = own.keys() - state.keys() - {"recent", "at_hand"}  # which an older one has not
    if missing:
        raise CheckpointError(
            f"a state must have {', '.join(own)}, got one without {_names(missing)}; load what"
            " state_dict gave"
        )
    frames = state["frames"]
    if not isinstance(frames, int) or frames < 0:
        raise CheckpointError(f"frames must be a whole number, got {frames!r}; load another state")
    _check_settings(state["optimizer"], own["optimizer"])
    there, here = _shapes(state["model"]), _shapes(own["model"])
    for name in sorted(there.keys() | here.keys()):
        if there.get(name) != here.get(name):
            raise CheckpointError(
                f"the state must be of the same network, got {there.get(name, 'no weight')} for"
                f" {name!r}, which is {here.get(name, 'no weight')} here; make the learner with"
                " the same network and size"
            )


def _check_settings(there: SavedState, here: SavedState) -> None:
    """See that both optimizers have the same settings, whatever their values are.

    One of an earlier version may lack some; only another one has some that are unknown, too.
    """
    found, wanted = _settings(there), _settings(here)
    if found - wanted and wanted - found:
        raise CheckpointError(
            f"the state must be of the same optimizer, got one with {_names(found - wanted)}, which"
            f" has {_names(wanted - found)} here; make the learner with the same optimizer"
        )


def _settings(optimizer: SavedState) -> set[str]:
    return {name for group in optimizer["param_groups"] for name in group}


def _names(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _shapes(model: object) -> dict[str, str]:
    """The shape and type of every tensor in a network's state."""
    tensors = model.items() if isinstance(model, Mapping) else ()
    return {
        str(name): f"{tuple(tensor.shape)} {tensor.dtype}"
        for name, tensor in tensors
        if isinstance(tensor, Tensor)
    }
