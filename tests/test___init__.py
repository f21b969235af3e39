"""The names of the root: loaded when they are asked for."""

import importlib
import subprocess
import sys

import pytest

import stream_ae

PROMISED = ("detection", "nn", "observers", "optim", "sources")


@pytest.mark.parametrize("name", stream_ae.__all__)
def test_every_name_is_there(name: str) -> None:
    value = getattr(stream_ae, name)
    assert getattr(importlib.import_module(value.__module__), name) is value
    assert getattr(stream_ae, name) is value


def test_a_star_brings_them_all() -> None:
    names: dict[str, object] = {}
    exec("from stream_ae import *", names)
    assert names.keys() - {"__builtins__"} == set(stream_ae.__all__)


def test_they_are_listed() -> None:
    assert {*stream_ae.__all__, *PROMISED} <= set(dir(stream_ae))


@pytest.mark.slow
def test_a_promised_package_needs_no_import_of_its_own() -> None:
    names = ", ".join(f"stream_ae.{name}.__name__" for name in PROMISED)
    run = subprocess.run(
        [sys.executable, "-c", f"import stream_ae; print({names})"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == [f"stream_ae.{name}" for name in PROMISED]


def test_another_name_is_an_error_of_the_usual_kind() -> None:
    with pytest.raises(AttributeError, match="module 'stream_ae' has no attribute 'nothing'"):
        stream_ae.nothing  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'nothing'"):
        exec("from stream_ae import nothing")
