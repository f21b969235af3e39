"""A command as it is printed for a person: fit to be copied into a shell."""

import re
import shlex
import shutil
import sys
from pathlib import Path

_NO_TEXT = re.compile("[\udc80-\udcff]")  # how Python reads bytes that are not UTF-8


def command(*words: str | Path) -> str:
    r"""The words with blanks between them, each quoted where a shell would read it otherwise.

    A path that begins with a dash is written so that no program takes it for an option.

    >>> command("stream-ae", "inspect", Path("my runs/a"))
    "stream-ae inspect 'my runs/a'"
    >>> command("stream-ae", "inspect", Path("-a"))
    'stream-ae inspect ./-a'
    >>> print(command("stream-ae", "train", "caf\udce9.mp4"))
    stream-ae train $'caf\xe9.mp4'
    """
    named = (
        f"./{word}" if isinstance(word, Path) and str(word).startswith("-") else str(word)
        for word in words
    )
    return " ".join(map(_quoted, named))


def program(name: str) -> str | Path:
    """A program as this shell finds it: its path where it is only installed beside this Python.

    So it is in a ``.venv`` that is used without being activated.
    """
    beside = Path(sys.executable or "python").with_name(name)
    if shutil.which(name) is not None or not beside.is_file():
        return name
    here = Path.cwd()
    return beside.relative_to(here) if beside.is_relative_to(here) else beside


def _quoted(word: str) -> str:
    """A word as a shell reads it; bytes in the name of a file that are no text as ``$'…'``."""
    if not _NO_TEXT.search(word):
        return shlex.quote(word)
    data = re.sub(r"[\\']", r"\\\g<0>", word).encode(errors="surrogateescape")
    return f"$'{data.decode(errors='backslashreplace')}'"
