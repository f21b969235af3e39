from pathlib import Path

import pytest

from stream_ae.cli.program import main


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], "a fleet on this machine was expected, got none"),
        (["--host", "0.0.0.0"], "host '0.0.0.0' can be reached by others"),
        (["--webhook", "x"], "webhook must be http(s)://HOST/"),
        (["--controls"], "unknown argument '--controls'"),
    ],
)
def test_what_cannot_be_shown_is_one_line_and_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    expected: str,
) -> None:
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.delenv("STREAM_AE_TOKEN", raising=False)
    assert main(["fleet", "live", *options]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"stream-ae: {expected}")
    assert error.count("\n") == 1
