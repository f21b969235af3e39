import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from stream_ae.settings.release import release

ROOT = Path(__file__).parents[2]


def test_it_is_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", {"stream-ae": "7.8.9"}.__getitem__)
    assert release() == "7.8.9"


def test_where_nothing_is_installed_it_is_the_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    written = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert release() == written["project"]["version"]
