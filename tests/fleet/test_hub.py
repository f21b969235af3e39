import asyncio
import pickle
from pathlib import Path

import pytest

from stream_ae.fleet import hub
from stream_ae.fleet.hub import About, Done, Hub


class NoCluster:
    """A cluster in which no camera has ever been started."""

    def __init__(self, fleet: str) -> None:
        self.owner = fleet

    def free(self, *, taken: float) -> float:
        return -taken


def test_its_answers_travel() -> None:
    for answer in (Done(started=("a",), refused="no room"), About("1.0", runs="runs")):
        assert pickle.loads(pickle.dumps(answer)) == answer


def test_who_listens_hears_what_was_seen_last_before_a_fleet_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "Cluster", NoCluster)

    async def end() -> None:
        ends = Hub("shop", str(tmp_path))
        await asyncio.wait_for(ends.end(), 1)  # nobody listens
        await ends.events(0)
        ending = asyncio.create_task(ends.end())
        await asyncio.sleep(0.3)
        assert not ending.done()
        await ends.events(0)
        await asyncio.wait_for(ending, 1)

    asyncio.run(end())
