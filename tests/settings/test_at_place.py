import sys
from pathlib import Path

import pytest

from stream_ae.settings.at_place import at_place, is_place


def test_a_place_has_a_colon() -> None:
    assert is_place("my.optim:Mine")
    assert not is_place("adam")


def test_what_is_in_the_present_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_own_module.py").write_text("answer = 42\n")
    monkeypatch.chdir(tmp_path)
    before = list(sys.path)
    assert at_place("my_own_module:answer") == 42
    assert sys.path == before


@pytest.mark.parametrize(
    ("code", "said"),
    [("def mine(:\n", "^invalid syntax"), ("mine = 1 / 0\n", "^ZeroDivisionError: ")],
)
def test_a_module_that_is_broken_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    (tmp_path / "my_broken_module.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=said) as refusal:
        at_place("my_broken_module:mine")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no_such_package:Adam", "No module named 'no_such_package'"),
        ("math:no_such", "has no attribute 'no_such'"),
        (":Adam", "Empty module name"),
        ("math:", "has no attribute"),
    ],
)
def test_where_nothing_is_is_told(name: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        at_place(name)
