from pathlib import Path
from threading import Thread

import pytest

from stream_ae.kernels.jit import Loop
from stream_ae.kernels.once import once

WAITS = 0.2  # seconds, after which who has not gone on waits


def test_those_who_come_later_wait_for_the_first_and_go_on_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Loop, "folder", tmp_path)
    came: list[bool] = []

    def come() -> None:
        with once("this") as is_first:
            came.append(is_first)

    later = [Thread(target=come, daemon=True) for _ in range(3)]
    with once("this") as is_first, once("that") as is_other:
        assert is_first
        assert is_other
        for each in later:
            each.start()
        for each in later:
            each.join(WAITS)
        assert came == []
    for each in later:
        each.join(5)
    assert came == [False] * 3
    with once("this") as is_first:
        assert is_first, "nobody is left"


@pytest.mark.parametrize("folder", [None, Path("/nowhere")])
def test_nobody_waits_where_nothing_can_be_kept(
    folder: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Loop, "folder", folder)
    with once("this") as first, once("this") as second:
        assert first
        assert second
