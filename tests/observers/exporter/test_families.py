import re

from stream_ae.observers.exporter.families import FAMILIES, TAGS, name_of


def test_a_tag_keeps_its_words() -> None:
    assert name_of("optim/effective_step") == "stream_ae_optim_effective_step"
    assert TAGS["change/novelty"] == "stream_ae_change_novelty"


def test_names_are_as_prometheus_wants_them() -> None:
    assert [name for name in FAMILIES if not re.fullmatch(r"stream_ae(_[a-z]+)+", name)] == []
    counters = {name for name, family in FAMILIES.items() if family.kind == "counter"}
    assert counters == {name for name in FAMILIES if name.endswith("_total")}
    assert [name for name in FAMILIES if re.search(r"_(ms|mib|kb|percent)\b", name)] == []


def test_every_metric_is_explained() -> None:
    assert [name for name, family in FAMILIES.items() if len(family.help) < 15] == []
    assert [name for name, family in FAMILIES.items() if family.help.endswith(".")] == []
