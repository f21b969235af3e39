import json

from stream_ae.bench.protocols.outages import COLUMNS, bench_outages
from stream_ae.bench.table import line


def test_every_row_has_its_assumptions_and_fits_the_table() -> None:
    rows = list(bench_outages(cameras=300, days=30))
    assert [row["method"] for row in rows][:2] == ["as it is", "noticed in 5 s"]
    assert len({line(row, columns=COLUMNS, second="method") for row in rows}) == len(rows)
    assert json.loads(json.dumps(rows, allow_nan=False))[0]["assumptions"]["cameras"] == 300


def test_without_an_outage_there_is_no_time_to_come_back() -> None:
    (row, *_) = bench_outages(cameras=1, days=1)
    assert (row["outages"], row["median"], row["availability"]) == (0, None, 1.0)
