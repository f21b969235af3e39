import asyncio
import json
import pickle
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

from stream_ae.fleet import hub
from stream_ae.fleet.hub import About, Done, Hub
from stream_ae.fleet.spec import CameraSpec
from stream_ae.fleet.status import Answer, CameraStatus, Report, State

DOOR = CameraSpec("door", {"source": "scene:quiet"}, cpus=0.5, runs="runs")


class NoCluster:
    """A cluster in which no camera has ever been started."""

    def __init__(self, fleet: str) -> None:
        self.owner = fleet

    def free(self, *, taken: float) -> float:
        return -taken


@dataclass
class OneCamera:
    """A cluster with a camera that another hub has started."""

    actors: int
    owner: str = "shop"
    asked: list[str] = field(default_factory=list)

    def __call__(self, fleet: str) -> "OneCamera":
        assert fleet == self.owner
        return self

    def free(self, *, taken: float) -> float:
        return -taken

    def count(self, name: str) -> int:
        return self.actors if name == "door" else 0

    def begin(self, name: str) -> int:
        self.asked.append(f"begin {name}")
        return self.count(name)

    async def stop(self, name: str, *, answers: bool, again: bool = False) -> None:
        assert answers
        assert again
        self.asked.append(f"stop {name}")

    async def replace(self, spec: CameraSpec, *, ask: Callable[[], None]) -> float:
        ask()
        self.asked.append(f"replace {spec.name}")
        self.actors = 1
        return 1.0


def after_a_death(runs: Path, cluster: OneCamera, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The hub that comes after one which has died."""
    known = {"owner": "shop", "cameras": [asdict(DOOR)], "ended": []}
    (runs / "shop.fleet.json").write_text(json.dumps(known))
    monkeypatch.setattr(hub, "Cluster", cluster)
    return Hub("shop", str(runs))


async def told(to: Hub, state: State, token: int) -> Answer:
    """Tell it how the camera stands, and let it do what it wants to."""
    answer = await to.report(
        Report(CameraStatus("door", state, directory="runs/door", token=token))
    )
    for _ in range(3):
        await asyncio.sleep(0)
    return answer


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


@pytest.mark.parametrize(
    ("actors", "states", "asked"),
    [
        pytest.param(1, ["learning"], ["begin door"], id="who learns is left alone"),
        pytest.param(
            2, ["learning", "stopped"], ["begin door", "replace door"], id="half replaced"
        ),
        pytest.param(1, ["stopped", "stopped"], ["begin door", "stop door"], id="told to end"),
    ],
)
def test_what_a_hub_has_left_half_done_the_next_one_does_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    actors: int,
    states: list[State],
    asked: list[str],
) -> None:
    async def take_over() -> None:
        cluster = OneCamera(actors)
        hub = after_a_death(tmp_path, cluster, monkeypatch)
        first, *later = states
        assert not (await told(hub, first, token=2)).stop
        for state in later:
            await told(hub, state, token=2)
        assert not (await told(hub, "learning", token=3)).stop
        assert cluster.asked == asked

    asyncio.run(take_over())
