"""What the text files of a run folder must hold, so that whoever reads them can rely on it.

A run folder may have been edited, torn by a full disk, or written by another program. Every value
that is read is checked here once; its readers need not.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from stream_ae.runs.validation import shown

_LARGEST_COUNT, _LARGEST_NUMBER = 2**63, 1e200
_DEEPEST = 8  # objects and lists within one another


class Kind(NamedTuple):
    """What a value must be.

    Args:
        name: for a message.
        fits: whether a value is one.
    """

    name: str
    fits: Callable[[object], bool]


def _is_number(value: object) -> bool:
    """Neither infinite nor NaN, and of a size that sums and charts can bear."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) <= _LARGEST_NUMBER


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and _is_number(value) and value >= 0


def _is_count(value: object) -> bool:
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return 0 <= value <= _LARGEST_COUNT


def _is_mean(value: object) -> bool:
    return value is None or _is_number(value)


def _is_optimizer(value: object) -> bool:
    """One of a user's own may lack both entries."""
    if not isinstance(value, dict):
        return False
    return isinstance(value.get("name", ""), str) and _is_mean(value.get("lr"))


def _is_box(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, list) and len(value) == 4 and all(map(_is_number, value))


def _object(name: str, kinds: Mapping[str, Kind], *, others: Kind | None = None) -> Kind:
    def fits(value: object) -> bool:
        return isinstance(value, dict) and misfit(value, kinds, others=others) is None

    return Kind(name, fits)


_TEXT = Kind("text", lambda value: isinstance(value, str))
_COUNT = Kind("a whole number", _is_count)
NUMBER = Kind("a number", _is_number)
_TIME = Kind("a number, 0 or more,", _is_time)
_MEAN = Kind("a number or null", _is_mean)
_LOSSES = dict.fromkeys(("mse", "detail_loss", "global_loss", "gradient_loss", "ssim"), _MEAN)
_BASELINES = dict.fromkeys(("copy_last_frame", "running_mean"), _MEAN)

CONFIG: Mapping[str, Kind] = {"versions": _object("an object of texts", {}, others=_TEXT)}
"""What ``config.json`` has beside the settings, which are only shown."""

SUMMARY: Mapping[str, Kind] = {
    **dict.fromkeys(("source", "device"), _TEXT),
    **dict.fromkeys(("seed", "threads", "parameters"), _COUNT),
    **dict.fromkeys(("frames", "frames_learned", "frames_gated"), _COUNT),
    **_LOSSES,
    "last_50": _object("an object of means", _LOSSES),
    "baselines": _object("an object of means", _BASELINES),
    "change_ratio": _MEAN,
    "optimizer": Kind("an object with name and lr", _is_optimizer),
    "fps": _MEAN,
    "seconds": _TIME,
    "seconds_by_part": _object("an object of seconds", {"read": _TIME}, others=_TIME),
    **dict.fromkeys(("dropped_frames", "reconnects", "decode_errors"), _COUNT),
    "peak_rss_mib": NUMBER,
}
"""The entries of ``summary.json`` that are read; others may be there."""

METRICS: Mapping[str, Kind] = {"step": _COUNT, "time": NUMBER}
"""What a line of ``metrics.jsonl`` has beside its means, which are numbers."""

EVENT: Mapping[str, Kind] = {"step": _COUNT, "time": NUMBER, "kind": _TEXT, "text": _TEXT}
"""A line of ``events.jsonl``."""

WATCH_EVENT: Mapping[str, Kind] = {
    **EVENT,
    **dict.fromkeys(("start", "end", "peak"), _COUNT),
    **dict.fromkeys(("start_time", "end_time", "peak_time", "score"), NUMBER),
    "box": Kind("four shares or null", _is_box),
    "track": Kind("a whole number or null", lambda value: value is None or _is_count(value)),
    "zone": Kind("text or null", lambda value: value is None or isinstance(value, str)),
}
"""A line of ``events.jsonl`` about something that watching found."""


def is_watch_event(row: Mapping[str, object]) -> bool:
    """Whether a line of ``events.jsonl`` is about what was seen, and not about the run itself."""
    return "start" in row


def misfit(
    values: Mapping[str, object], kinds: Mapping[str, Kind], *, others: Kind | None = None
) -> str | None:
    """What is wrong with an object, in a few words; None where nothing is.

    Args:
        values: the object.
        kinds: what its entries must be.
        others: what every further entry must be; None takes anything.
    """
    for name, kind in kinds.items():
        if name not in values:
            return f"should have the entry {name!r}, got {shown(sorted(values)[:5])} and so on"
        if not kind.fits(values[name]):
            return f"should have {kind.name} in {name!r}, got {shown(values[name])}"
    for name, value in values.items():
        if others is not None and name not in kinds and not others.fits(value):
            return f"should have {others.name} in {shown(name)}, got {shown(value)}"
    return None


def is_too_deep(value: object, *, levels: int = _DEEPEST) -> bool:
    """Whether objects and lists are nested deeper than any run writes them."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(is_too_deep(each, levels=levels - 1) for each in inner)
