"""What wrote a file: the versions that a result depends on."""

import platform

import torch

from stream_ae.settings.release import release


def versions() -> dict[str, str]:
    """Versions of stream-ae, torch and Python, by these names."""
    return {
        "stream-ae": release(),
        "torch": str(torch.__version__),
        "python": platform.python_version(),
    }
