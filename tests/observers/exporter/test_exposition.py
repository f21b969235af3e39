import sys

import pytest
from tests.support.findings import make_findings, make_frame
from tests.support.steps import make_step

from stream_ae.errors import MissingExtraError
from stream_ae.observers.exporter.exposition import CONTENT_TYPE, exposition
from stream_ae.observers.exporter.families import FAMILIES
from stream_ae.observers.exporter.readings import Readings, labelled


def test_the_text_is_that_of_prometheus() -> None:
    from prometheus_client.parser import text_string_to_metric_families

    readings = Readings(lambda: 0.0)
    readings.on_step(make_step(1, mse=0.25, overshoot=0.0, update_ratio=0.01))
    readings.found.on_findings(make_findings(1), make_frame(1))
    text = exposition(
        lambda: labelled(readings.samples()), about={"source": 'a "b"\n\\c'}
    )().decode()
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["stream_ae_loss_mse",] == 0.25
    assert samples["stream_ae_frames_total",] == 1.0
    assert samples["stream_ae_source_state", "live"] == 1.0
    assert samples["stream_ae_run_info", 'a "b"\n\\c'] == 1.0
    ours = {name for name, *_ in samples if name.startswith("stream_ae_")}
    assert ours | {"stream_ae_optim_effective_step"} == {*FAMILIES, "stream_ae_run_info"}
    for name in ours & set(FAMILIES):
        assert f"# HELP {name} {FAMILIES[name].help}\n" in text
        assert f"# TYPE {name} {FAMILIES[name].kind}\n" in text


def test_its_type_says_which_format_it_is() -> None:
    assert CONTENT_TYPE.startswith("text/plain; version=0.0.4")


def test_without_prometheus_client_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'stream-ae\[metrics\]'"):
        exposition(list, about={})
