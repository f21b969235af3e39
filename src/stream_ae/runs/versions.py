"""What wrote a file: the versions that a result depends on."""

import platform
from importlib.metadata import version

import torch


def versions() -> dict[str, str]:
    """Versions of stream-ae, torch and Python, by these names."""
    return {
        "stream-ae": version("stream-ae"),
        "torch": str(torch.__version__),
        "python": platform.python_version(),
    }
