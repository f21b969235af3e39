"""docs/operations.md and examples/operations: true as far as can be told without their programs."""

import json
import re
import shlex
from pathlib import Path
from typing import Any, get_args

import pytest
from tests.support.findings import make_findings, make_frame
from tests.support.steps import make_step

from stream_ae.cli.fleet_options import with_start
from stream_ae.cli.parser import parse
from stream_ae.cli.program import command_parser
from stream_ae.detection.findings import Kind
from stream_ae.observers.alerts.home_assistant import Topics, discovery
from stream_ae.observers.exporter.exposition import exposition
from stream_ae.observers.exporter.families import FAMILIES
from stream_ae.observers.exporter.readings import Readings, labelled

ROOT = Path(__file__).parent.parent
FILES = ROOT / "examples" / "operations"
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
BOARD = json.loads((FILES / "grafana.json").read_text(encoding="utf-8"))
ALERTS = re.findall(r"expr: (.*)", (FILES / "alerts.yml").read_text(encoding="utf-8"))
QUERIES = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]


@pytest.fixture(scope="module")
def labels() -> dict[str, set[str]]:
    """The metrics of a run that watches, as they are served, each with its labels."""
    readings = Readings(lambda: 0.0)
    readings.on_step(make_step(1, overshoot=0.0, update_ratio=0.01))
    readings.found.on_findings(make_findings(1), make_frame(1))
    text = exposition(lambda: labelled(readings.samples()), about={"source": "door"})().decode()
    found: dict[str, set[str]] = {}
    for name, inner in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, flags=re.MULTILINE):
        found.setdefault(name, set()).update(re.findall(r"(\w+)=", inner))
    return found | {"stream_ae_optim_effective_step": set()}


def test_the_page_explains_every_metric_as_the_port_does() -> None:
    rows = dict(re.findall(r"^\| `(stream_ae_\w+(?:\{\w+\})?)` \| (.*) \|$", PAGE, re.MULTILINE))
    assert rows == {
        f"{name}{{{family.label}}}" if family.label else name: family.help
        for name, family in FAMILIES.items()
    }


@pytest.mark.parametrize("query", [*QUERIES, *ALERTS])
def test_every_query_asks_for_what_a_run_serves(query: str, labels: dict[str, set[str]]) -> None:
    names = re.findall(r"\b(?:stream_ae|process)_\w+", query)
    assert names
    assert set(names) <= labels.keys()
    for name, matchers in re.findall(r"((?:stream_ae|process)_\w+)\{(.*?)\}", query):
        given = set(re.findall(r"(\w+)(?:=~|!=|=)", matchers))
        assert given <= labels[name] | {"instance"}, query  # which Prometheus adds
    for kind in re.findall(r"kind=~?\"(.*?)\"", query):
        assert set(kind.split("|")) <= {*get_args(Kind), "cannot_write"}


@pytest.mark.parametrize("query", QUERIES)
def test_a_counter_is_shown_as_a_rate(query: str) -> None:
    bare = re.sub(r"(?:rate|increase)\([^)]*\)", "", query)
    assert re.findall(r"\w+_total", bare) == []


def test_a_single_figure_is_that_of_now_and_has_colours_of_its_own() -> None:
    stats = [panel for panel in BOARD["panels"] if panel["type"] == "stat"]
    assert stats
    for panel in stats:
        # Asked over a range, a run that has gone would stand there for hours with its last value.
        assert all(target["instant"] and "range" not in target for target in panel["targets"])
        # Without them Grafana draws whatever is over 80 in red.
        assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"]


def test_the_panels_of_the_board_do_not_lie_on_one_another() -> None:
    panels: list[dict[str, Any]] = BOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_the_service_starts_a_command_that_there_is() -> None:
    unit = (FILES / "stream-ae@.service").read_text(encoding="utf-8")
    found = re.search(r"^ExecStart=((?:.*\\\n)*.*)$", unit, flags=re.MULTILINE)
    assert found is not None
    line = found[1].replace("\\\n", " ")
    for name, value in re.findall(r"^#   (SOURCE|PORT|OPTIONS)=(.*)$", unit, flags=re.MULTILINE):
        line = line.replace(f"${{{name}}}", value).replace(f"${name}", value)
    assert "$" not in line
    program, *words = shlex.split(line)
    assert Path(program).name == "stream-ae"
    command, given = parse(command_parser(), words)
    assert command == "watch"
    assert (given["resume"], given["give_up_after"], given["metrics_port"]) == (True, 0.0, 9464)
    assert (given["log_format"], given["private"], given["mqtt"]) == ("json", True, "home.local")
    assert re.search(r"^RestartPreventExitStatus=2$", unit, flags=re.MULTILINE)


def test_the_service_of_a_fleet_starts_looks_reloads_and_stops() -> None:
    unit = (FILES / "stream-ae-fleet.service").read_text(encoding="utf-8")
    asked = {}
    for name, line in re.findall(r"^(Exec\w+)=-?(.*)$", unit, flags=re.MULTILINE):
        program, *words = shlex.split(line)
        assert Path(program).name == "stream-ae"
        asked[name] = parse(command_parser(), with_start(words))
    assert {name: command for name, (command, _) in asked.items()} == {
        "ExecStartPre": "fleet start",
        "ExecStart": "fleet live",
        "ExecReload": "fleet start",
        "ExecStop": "fleet stop",
    }
    assert asked["ExecStart"][1]["metrics_port"] == 9464
    assert asked["ExecReload"] == asked["ExecStartPre"]
    assert "RAY_TMPDIR=%t/stream-ae" in unit


def test_home_assistant_is_asked_for_entities_that_it_is_told_of() -> None:
    text = (FILES / "home-assistant.yaml").read_text(encoding="utf-8")
    told = {
        f"{topic.split('/')[1]}.door_{json.loads(message)['name'].lower()}"
        for topic, message in discovery("door", Topics.of("door")).items()
    }
    used = set(re.findall(r"\b(?:binary_sensor|sensor|event)\.door_\w+", text))
    assert used == told
    assert set(re.findall(r"event_type == '(\w+)'", text)) <= set(get_args(Kind))


def test_what_is_rotated_is_what_grows() -> None:
    text = (FILES / "logrotate.conf").read_text(encoding="utf-8")
    assert re.findall(r"/(\w+\.jsonl)", text) == ["metrics.jsonl", "events.jsonl"]


def test_every_file_is_on_the_page() -> None:
    names = {path.name for path in FILES.iterdir()}
    linked = set(re.findall(r"\(\.\./examples/operations/(\S+)\)", PAGE))
    assert linked == names
