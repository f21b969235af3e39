"""By what TensorBoard's tab "hparams" compares runs: their settings, and the ends of some curves.

Each run says with which settings it was begun, and when it ended. The metrics are the last points
of its curves, which TensorBoard looks up itself.
"""

import time
from collections.abc import Mapping

METRICS = ("loss/mse", "loss/detail", "loss/ssim", "loss/global", "speed/fps")
"""The curves whose last points are compared."""

_FIRST = ("source", "optimizer", "lr", "objective", "size")
"""The settings in which runs differ most often; the tab shows five at first."""

Record = dict[str, object]
"""One value of a summary, as the constructor of its message takes it."""


def session_begins(settings: Mapping[str, object]) -> list[Record]:
    """What to write when a run begins.

    Args:
        settings: by their names. One that is None is left out; what is no number, switch or text
            is shown as text.
    """
    from tensorboard.plugins.hparams import api_pb2, metadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionStartInfo

    start = SessionStartInfo(start_time_secs=time.time())
    infos = []
    for name, value in settings.items():
        if value is None:
            continue
        info = api_pb2.HParamInfo(name=name, differs=name in _FIRST)
        message = start.hparams[name]
        if isinstance(value, bool):
            info.type, message.bool_value = api_pb2.DATA_TYPE_BOOL, value
        elif isinstance(value, int | float):
            info.type, message.number_value = api_pb2.DATA_TYPE_FLOAT64, value
        else:
            info.type, message.string_value = api_pb2.DATA_TYPE_STRING, _text(value)
        infos.append(info)
    metrics = [api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag)) for tag in METRICS]
    experiment = api_pb2.Experiment(hparam_infos=infos, metric_infos=metrics)
    return [
        _record(metadata.EXPERIMENT_TAG, HParamsPluginData(experiment=experiment)),
        _record(metadata.SESSION_START_INFO_TAG, HParamsPluginData(session_start_info=start)),
    ]


def session_ends() -> Record:
    """What to write when a run ends."""
    from tensorboard.plugins.hparams import api_pb2, metadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo

    end = SessionEndInfo(status=api_pb2.STATUS_SUCCESS, end_time_secs=time.time())
    return _record(metadata.SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=end))


def _text(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text.encode(errors="backslashreplace").decode()  # what no text can hold, in a name


def _record(tag: str, contents: object) -> Record:
    from tensorboard.plugins.hparams import metadata

    return {
        "tag": tag,
        "metadata": metadata.create_summary_metadata(contents),
        "tensor": metadata.NULL_TENSOR,
    }
