import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_ae.settings.shell import command, program

NAMES = st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1)


@given(st.lists(st.text(), min_size=1))
def test_a_shell_reads_the_same_words(words: list[str]) -> None:
    assert shlex.split(command(*words)) == words


@given(NAMES)
def test_a_path_is_never_an_option_and_stays_the_same_path(name: str) -> None:
    (word,) = shlex.split(command(Path(name)))
    assert not word.startswith("-")
    assert Path(word) == Path(name)


def test_a_real_shell_runs_what_is_printed() -> None:
    words = ["a b", "it's", 'a"b', "$HOME", "a;b", "*", "`id`", "a\\b", "#", "~", "&", ""]
    printed = command("printf", "%s|", *words)
    run = subprocess.run(["sh", "-c", printed], capture_output=True, text=True, check=True)
    assert run.stdout == "".join(f"{word}|" for word in words)


@given(st.binary(min_size=1).filter(lambda name: not {0, 10} & set(name)))
@settings(max_examples=25)
def test_a_name_that_is_no_text_reaches_a_program_as_it_is(name: bytes) -> None:
    printed = command("printf", "%s", os.fsdecode(name))
    run = subprocess.run(["bash", "-c", printed.encode()], capture_output=True, check=True)
    assert run.stdout == name


def test_a_program_that_no_shell_finds_is_named_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path / ".venv" / "bin" / "board"
    beside.parent.mkdir(parents=True)
    beside.touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(beside.with_name("python")))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert program("board") == beside
    monkeypatch.chdir(tmp_path)
    assert program("board") == Path(".venv/bin/board")
    assert program("bored") == "bored"
    monkeypatch.setenv("PATH", str(beside.parent))
    assert program("board") == "board"
