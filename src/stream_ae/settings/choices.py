"""The choices that a user has, each with what is taken where nothing is said."""

from typing import Literal, get_args

Device = Literal["auto", "cpu", "cuda"]
"""What computes."""

DEVICE: Device = "auto"
"""CUDA where it is there."""

Fit = Literal["stretch", "crop", "pad"]
"""How another aspect ratio is brought to the network's: distorted, cut at the centre, or with
black bars."""

FIT: Fit = "stretch"
"""The whole picture, and no pixel that is made up."""

LogFormat = Literal["text", "json"]
"""What goes to the standard output: a few lines for a person, or the run for a program."""

LOG_FORMAT: LogFormat = "text"
"""For a person."""

Objective = Literal["full", "mse"]
"""What training minimises, see :mod:`stream_ae.nn.losses`."""

OBJECTIVE: Objective = "full"
"""Detail and global loss together."""

OPTIMIZER = "bounded"
"""What learns: a name for :func:`stream_ae.build_optimizer`."""

Policy = Literal["random"]
"""Who acts in an environment."""

POLICY: Policy = "random"
"""The one there is."""

Size = Literal["small", "base", "large"]
"""Of the network, see :data:`stream_ae.nn.autoencoder.SIZES`."""

SIZE: Size = "base"
"""The network of a run."""

SAVE_EVERY = 10.0
"""Seconds between two states of a run."""

ABSORB = 60.0
"""Seconds until what has come and stays is a part of the scene."""

GIVE_UP_AFTER = 180.0
"""Seconds that a lost camera is waited for; 0 means for ever."""

THREADS = 1
"""Of a run. Two are faster by 6 to 40 % where nothing else runs, and far slower beside a busy
reader or another run, since they wait for one another (docs/decisions.md)."""


def check_switch(value: object, *, name: str) -> None:
    """Refuse what is neither on nor off: the text ``"no"`` would be on.

    Args:
        value: what was asked for.
        name: of the argument, the beginning of the message.

    Raises:
        ValueError: it is neither True nor False.

    >>> check_switch("no", name="gate")
    Traceback (most recent call last):
        ...
    ValueError: gate must be True or False, got 'no'; give one of them
    """
    if value not in (True, False):
        raise ValueError(f"{name} must be True or False, got {value!r}; give one of them")


def check_choice(value: object, kind: object, *, name: str) -> None:
    """Refuse what is not among the choices.

    Args:
        value: what was asked for.
        kind: the choices, a ``Literal`` of strings.
        name: of the argument, the beginning of the message.

    Raises:
        ValueError: it is none of them.

    >>> check_choice("zoom", Fit, name="fit")
    Traceback (most recent call last):
        ...
    ValueError: fit must be 'stretch', 'crop' or 'pad', got 'zoom'; choose one of them
    """
    allowed = get_args(kind)
    if not (isinstance(value, str) and value in allowed):
        *most, last = map(repr, allowed)
        shown = f"{', '.join(most)} or {last}" if most else last
        raise ValueError(f"{name} must be {shown}, got {value!r}; choose one of them")
