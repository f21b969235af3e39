from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stream_ae.bench.fleet.pace import Pace
from stream_ae.bench.fleet.together import Killed
from stream_ae.bench.protocols import fleet as protocol
from stream_ae.bench.protocols.fleet import COLUMNS, bench_fleet
from stream_ae.bench.table import line


class Staged:
    """Plain processes and a fleet that cost what is said."""

    def runs(self) -> str:
        return "of the fleet"

    def memory(self) -> int:
        return 500

    def report_bytes(self) -> int:
        return 2000

    def seconds_per_report(self) -> float:
        return 0.001

    def kill_one(self) -> Killed:
        return Killed(4.0, again=120)


@contextmanager
def staged(*_: object, **__: object) -> Iterator[Staged]:
    yield Staged()


def test_a_fleet_is_compared_and_a_core_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("processes", "together", "own_ray", "halted"):
        monkeypatch.setattr(protocol, name, staged)

    def pace(*sets: object, frames: int) -> list[Pace]:
        assert frames == 7
        return [Pace(0.020 if runs == "of the fleet" else 0.019, clock=3.0) for runs in sets]

    monkeypatch.setattr(protocol, "pace", pace)
    monkeypatch.setattr(protocol, "begun", lambda _: None)
    rows = {(row["source"], row["method"]): row for row in bench_fleet(cameras=(2,), frames=7)}
    compared = rows["scene:street", "fleet of 2"]
    assert compared["to_plain"] == pytest.approx(-0.05)
    assert rows["scene:street", "kill -9"]["again"] == 120
    assert rows["scene:street", "memory, reports"]["hub_ms_per_report"] == 1.0
    assert rows["scene:quiet", "at 10 fps"]["cameras"] == pytest.approx(5.0)
    shown = line(compared, columns=COLUMNS, second="method")
    assert shown.split() == ["scene:street", "fleet", "of", "2", "20.00", "50.0", "3.0", "-5.0"] + (
        ["–"] * 3
    )
