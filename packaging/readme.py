"""The README for a package index: its links to files of the repository made absolute.

The README in the repository has relative links, which work in every clone. An index shows the text
alone, so the build hook of hatch replaces them (``[tool.hatch.metadata.hooks.custom]``).
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

REPOSITORY = "https://github.com/stream-ae/stream-ae"
LINK = re.compile(r"(!?)(\[[^]]*\])\((?!\w+:|#)([^)]+)\)")


def absolute(text: str) -> str:
    """Markdown with pictures from the repository's raw files, and other links to its pages."""

    def link(match: re.Match[str]) -> str:
        kind = "raw" if match[1] else "blob"
        return f"{match[1]}{match[2]}({REPOSITORY}/{kind}/main/{match[3]})"

    return LINK.sub(link, text)


class ReadmeHook(MetadataHookInterface):
    """Give the project's metadata its ``readme``."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Read README.md beside pyproject.toml."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": absolute(text)}
