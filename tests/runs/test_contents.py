import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.runs import write_run

from stream_ae.errors import CheckpointError
from stream_ae.reports.text import describe
from stream_ae.runs.contents import CONFIG, EVENT, METRICS, NUMBER, SUMMARY, is_too_deep, misfit

FILES = ["config.json", "summary.json", "metrics.jsonl", "events.jsonl"]
NUMBERS = st.integers() | st.floats() | st.sampled_from([2**64, -1, 10**400, 1e300, -0.0])
JUNK = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("run")
    return write_run(directory, frames=60, events=[("loop", "again")])


def objects(path: Path) -> list[dict[str, object]]:
    text = path.read_text()
    return [json.loads(line) for line in ([text] if path.suffix == ".json" else text.splitlines())]


def test_what_a_run_writes_is_what_is_expected(run: Path) -> None:
    for name, kinds in zip(FILES, (CONFIG, SUMMARY, METRICS, EVENT), strict=True):
        others = NUMBER if name == "metrics.jsonl" else None
        for values in objects(run / name):
            assert misfit(values, kinds, others=others) is None
            assert not is_too_deep(values)


@pytest.mark.parametrize("name", ["summary.json", "metrics.jsonl", "events.jsonl"])
def test_every_entry_that_is_read_is_missed(run: Path, name: str) -> None:
    kinds = {"summary.json": SUMMARY, "metrics.jsonl": METRICS, "events.jsonl": EVENT}[name]
    for entry in kinds:
        values = objects(run / name)[0]
        del values[entry]
        assert str(misfit(values, kinds)).startswith(f"should have the entry {entry!r}")


def is_whole_or_named(run: Path) -> bool:
    """Whether ``inspect`` describes a run, or says in one line what is wrong and where."""
    try:
        return len(describe(run)) > 0
    except CheckpointError as error:
        message = str(error)
    return len(message.splitlines()) == 1 and str(run) in message


fuzzed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@fuzzed
@given(st.sampled_from(FILES), st.data(), JUNK)
def test_any_value_in_any_place_is_shown_or_named(
    run: Path, name: str, data: st.DataObject, junk: object
) -> None:
    path = run / name
    before = path.read_bytes()
    lines = objects(path)
    values = data.draw(st.sampled_from(lines))
    inner = [value for value in values.values() if isinstance(value, dict) and value]
    where = data.draw(st.sampled_from([values, *inner]))
    where[data.draw(st.sampled_from(sorted(where)))] = junk
    path.write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    try:
        assert is_whole_or_named(run)
    finally:
        path.write_bytes(before)


@fuzzed
@given(st.sampled_from(FILES), st.binary(), st.data())
def test_any_bytes_in_any_place_are_passed_over_or_named(
    run: Path, name: str, junk: bytes, data: st.DataObject
) -> None:
    path = run / name
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before)))
    path.write_bytes(before[:at] + junk + before[at + data.draw(st.integers(0, 9)) :])
    try:
        assert is_whole_or_named(run)
    finally:
        path.write_bytes(before)


def test_nesting_is_counted() -> None:
    assert not is_too_deep({"a": [{"b": 1}]}, levels=3)
    assert is_too_deep({"a": [{"b": 1}]}, levels=2)
    assert not is_too_deep("text", levels=0)
