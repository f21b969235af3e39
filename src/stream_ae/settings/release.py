"""Which version of this program runs."""

import tomllib
from importlib import metadata
from pathlib import Path

_PROJECT = Path(__file__).parents[3] / "pyproject.toml"


def release() -> str:
    """The version that is installed, or that of the folder where none is.

    ``pip install -r requirements.txt`` brings what the program needs; ``quick_start.py`` then runs
    it from its folder.
    """
    try:
        return metadata.version("stream-ae")
    except metadata.PackageNotFoundError:
        project = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]
        return str(project["version"])
