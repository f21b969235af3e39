"""A command as it is printed for a person: fit to be copied into a shell."""

import shlex
from pathlib import Path


def command(*words: str | Path) -> str:
    """The words with blanks between them, each quoted where a shell would read it otherwise.

    A path that begins with a dash is written so that no program takes it for an option.

    >>> command("stream-ae", "inspect", Path("my runs/a"))
    "stream-ae inspect 'my runs/a'"
    >>> command("stream-ae", "inspect", Path("-a"))
    'stream-ae inspect ./-a'
    """
    return shlex.join(
        f"./{word}" if isinstance(word, Path) and str(word).startswith("-") else str(word)
        for word in words
    )
