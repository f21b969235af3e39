from pathlib import Path

import pytest
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams.backend_context import Context
from tensorboard.plugins.hparams.list_session_groups import Handler

from stream_ae.observers.tensorboard.event_file import EventFile
from stream_ae.observers.tensorboard.hparams import METRICS, session_begins, session_ends

STATUSES = [
    api_pb2.STATUS_UNKNOWN,
    api_pb2.STATUS_SUCCESS,
    api_pb2.STATUS_RUNNING,
    api_pb2.STATUS_FAILURE,
]


def write(directory: Path, *, ends: bool = True, **settings: object) -> None:
    file = EventFile(directory, charts={}, settings=settings)
    for step, mse in ((50, 0.5), (100, 0.25)):
        file.add_scalars(step, {"loss/mse": mse, "speed/fps": 20.0})
    if ends:
        file.end_session(100)
    file.close()


def compared(directory: Path) -> list[api_pb2.SessionGroup]:
    """What TensorBoard's own plugin makes of the runs in a folder."""
    runs = EventMultiplexer().AddRunsFromDirectory(str(directory))
    runs.Reload()
    data = MultiplexerDataProvider(runs, str(directory))
    context = Context(TBContext(data_provider=data, logdir=str(directory)))
    request = api_pb2.ListSessionGroupsRequest(slice_size=100, allowed_statuses=STATUSES)
    request_context = RequestContext()
    metadata = context.hparams_metadata(request_context, "")
    experiment = context.experiment_from_metadata(request_context, "", True, metadata, [])
    assert [info.name.tag for info in experiment.metric_infos] == list(METRICS)
    return list(
        Handler(request_context, context, "", request).run().session_groups  # as the tab asks
    )


def settings_of(group: api_pb2.SessionGroup) -> dict[str, object]:
    return {name: getattr(v, v.WhichOneof("kind")) for name, v in group.hparams.items()}


def test_two_runs_are_compared_by_their_settings_and_last_metrics(tmp_path: Path) -> None:
    write(tmp_path / "a", optimizer="bounded", lr=1.0, gate=False, zone=("x=0", "y=1"), device=None)
    write(tmp_path / "b", optimizer="adam", lr=0.003, gate=True, zone=(), ends=False)
    a, b = compared(tmp_path)
    assert settings_of(a) == {"optimizer": "bounded", "lr": 1.0, "gate": False, "zone": "x=0, y=1"}
    assert settings_of(b)["optimizer"] == "adam"
    values = {metric.name.tag: metric.value for metric in a.metric_values}
    assert values == {"loss/mse": 0.25, "speed/fps": 20.0}
    assert a.sessions[0].status == api_pb2.STATUS_SUCCESS
    assert b.sessions[0].status == api_pb2.STATUS_UNKNOWN
    assert a.sessions[0].end_time_secs >= a.sessions[0].start_time_secs > 1e9


def test_a_resumed_run_stays_one_row(tmp_path: Path) -> None:
    write(tmp_path / "a", lr=1.0)
    write(tmp_path / "a", lr=1.0)
    assert len(compared(tmp_path)) == 1


def test_a_name_that_is_no_text_is_escaped(tmp_path: Path) -> None:
    written = EventFile(tmp_path, charts={}, settings={"source": "caf\udce9"})
    written.add_scalars(50, {"loss/mse": 0.5})
    written.close()
    (group,) = compared(tmp_path)
    assert settings_of(group) == {"source": r"caf\udce9"}


def test_the_settings_that_differ_most_often_are_shown_first() -> None:
    from tensorboard.plugins.hparams.metadata import parse_experiment_plugin_data

    record = session_begins({"absorb": 60.0, "optimizer": "adam"})[0]["metadata"]
    experiment = parse_experiment_plugin_data(record.plugin_data.content)  # type: ignore[attr-defined]
    assert {info.name: info.differs for info in experiment.hparam_infos} == {
        "absorb": False,
        "optimizer": True,
    }


@pytest.mark.parametrize("settings", [None, {}])
def test_a_file_without_settings_has_no_session(
    tmp_path: Path, settings: dict[str, object] | None
) -> None:
    file = EventFile(tmp_path, charts={}, settings=settings)
    file.end_session(1)
    file.close()
    assert list(tmp_path.iterdir()) == []
    assert session_ends()["tag"] == "_hparams_/session_end_info"
