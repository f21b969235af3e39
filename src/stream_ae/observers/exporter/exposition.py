"""The metrics of a run and of its process in Prometheus's text format, by prometheus-client."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby

from stream_ae.errors import MissingExtraError
from stream_ae.observers.exporter.families import FAMILIES
from stream_ae.observers.exporter.readings import Sample

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Of the text."""


def exposition(
    samples: Callable[[], Iterable[Sample]], *, about: Mapping[str, str]
) -> Callable[[], bytes]:
    """What writes the metrics down.

    Args:
        samples: gives the numbers, those of a metric together.
        about: the labels of ``stream_ae_run_info``.

    Returns:
        Called for each text; ``process_…`` is in it, too, on systems that have ``/proc``.

    Raises:
        MissingExtraError: prometheus-client is not installed.
    """
    try:
        from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
        from prometheus_client.core import Metric
        from prometheus_client.registry import Collector
    except ImportError as error:
        raise MissingExtraError(
            "prometheus-client", purpose="--metrics-port", extra="metrics"
        ) from error

    class Run(Collector):
        def collect(self) -> Iterator[Metric]:
            what = Metric("stream_ae_run", "What runs", "info")
            what.add_sample("stream_ae_run_info", dict(about), 1)
            yield what
            for name, group in groupby(samples(), key=lambda sample: sample[0]):
                family = FAMILIES[name]
                metric = Metric(name.removesuffix("_total"), family.help, family.kind)
                for _, label, value in group:
                    labels = {} if family.label is None else {family.label: label}
                    metric.add_sample(name, labels, value)
                yield metric

    registry = CollectorRegistry()
    registry.register(Run())
    ProcessCollector(registry=registry)
    return lambda: generate_latest(registry)
