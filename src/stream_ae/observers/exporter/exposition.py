"""The metrics of a run and of its process in Prometheus's text format, by prometheus-client."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby

from stream_ae.errors import MissingExtraError
from stream_ae.observers.exporter.families import FAMILIES, Family

Numbers = Iterable[tuple[str, Mapping[str, str], float]]
"""Metrics: the name, the labels and the number of each."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Of the text."""


def exposition(
    numbers: Callable[[], Numbers],
    *,
    about: Mapping[str, str],
    families: Mapping[str, Family] = FAMILIES,
) -> Callable[[], bytes]:
    """What writes the metrics down.

    Args:
        numbers: gives the numbers, those of a metric together.
        about: the labels of ``stream_ae_run_info``.
        families: what the metrics are, by their names.

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
            for name, group in groupby(numbers(), key=lambda each: each[0]):
                family = families[name]
                metric = Metric(name.removesuffix("_total"), family.help, family.kind)
                for _, labels, value in group:
                    metric.add_sample(name, dict(labels), value)
                yield metric

    registry = CollectorRegistry()
    registry.register(Run())
    ProcessCollector(registry=registry)
    return lambda: generate_latest(registry)
