from pathlib import Path

import pytest

from stream_ae.cli.fleet_live import outbox_of
from stream_ae.cli.program import main
from stream_ae.errors import ConfigError


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


def test_what_was_handed_over_is_remembered_beside_the_runs_or_where_it_is_said(
    tmp_path: Path,
) -> None:
    assert outbox_of({}, runs=str(tmp_path), fleet="shop") == tmp_path / "shop.outbox"
    named = outbox_of({"outbox": tmp_path / "sent"}, runs="s3://shop/runs", fleet="shop")
    assert named == tmp_path / "sent"
    with pytest.raises(ConfigError, match=r"--outbox must be a folder .* s3://shop/runs"):
        outbox_of({}, runs="s3://shop/runs", fleet="shop")
