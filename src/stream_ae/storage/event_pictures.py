"""Where the picture of an event lies in a run folder."""

FOLDER = "events"
"""Of the pictures, in the run folder."""


def picture_name(kind: str, *, start: int, track: int | None) -> str:
    """The name of an event's picture, the same whenever the event is told again.

    Args:
        kind: of the event.
        start: number of the first frame that shows it.
        track: number of the thing; None for the whole scene.

    >>> picture_name("appeared", start=123, track=4), picture_name("cut", start=7, track=None)
    ('000123-appeared-4.webp', '000007-cut.webp')
    """
    thing = "" if track is None else f"-{track}"
    return f"{start:06d}-{kind}{thing}.webp"
