import asyncio
import pickle
from dataclasses import dataclass, field
from functools import partial

import pytest

from stream_ae.fleet import cluster
from stream_ae.fleet.cluster import Cluster, HubLink
from stream_ae.fleet.spec import CameraSpec

DOOR = CameraSpec("door", {"source": "scene:quiet"}, cpus=0.5, runs="runs")


@dataclass
class Method:
    """A method of an actor, that does at once what it is asked for."""

    name: str
    asked: list[str]

    def remote(self) -> "asyncio.Future[None]":
        self.asked.append(self.name)
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(None)
        return answer


@dataclass
class Actor:
    """The actor of a camera: what it was asked for, in order."""

    asked: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Method:
        return Method(name, self.asked)


class Ray:
    """Actors by their names."""

    class exceptions:  # noqa: N801 - as Ray has it
        class RayError(Exception):
            """What is wrong with an actor."""

    def __init__(self) -> None:
        self.actors: dict[str, Actor] = {}
        self._name = ""
        self.gcs_address = "here"

    def get_runtime_context(self) -> "Ray":
        return self

    def get_actor(self, name: str, namespace: str) -> Actor:
        assert namespace == "stream-ae/shop"
        if name not in self.actors:
            raise ValueError(name)
        return self.actors[name]

    def kill(self, actor: Actor, no_restart: bool) -> None:
        assert no_restart
        self.actors = {name: each for name, each in self.actors.items() if each is not actor}

    def options(self, *, name: str, **_options: object) -> "Ray":
        self._name = name
        return self

    def remote(self, *_values: object, **options: object) -> "Ray | Actor":
        if not options:  # of the class
            return self
        assert self._name not in self.actors
        actor = self.actors[self._name] = Actor([] if options["waits"] else ["learn"])
        return actor


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Ray:
    ray = Ray()
    monkeypatch.setattr(cluster, "ray_module", lambda: ray)
    return ray


def test_the_way_to_the_hub_travels_with_its_camera() -> None:
    assert pickle.loads(pickle.dumps(HubLink("shop"))).fleet == "shop"


def test_each_process_is_followed_by_a_new_one_which_learns_when_it_has_ended(ray: Ray) -> None:
    async def replace_it() -> None:
        fleet = Cluster("shop")
        await fleet.start(DOOR)
        for _ in range(3):
            (before,) = ray.actors.values()
            await fleet.replace(DOOR, ask=partial(before.asked.append, "told to end"))
            (after,) = ray.actors.values()
            assert before.asked[-2:] == ["told to end", "ended"]
            assert after is not before
            assert after.asked == ["load", "learn"]

    asyncio.run(replace_it())


def test_who_is_stopped_is_waited_for_and_gone(ray: Ray) -> None:
    async def stop_it() -> None:
        fleet = Cluster("shop")
        await fleet.start(DOOR)
        (camera,) = ray.actors.values()
        assert fleet.has("door")
        await fleet.stop("door", answers=True)
        assert camera.asked == ["learn", "ended"]
        assert not fleet.has("door")
        await fleet.stop("door", answers=True)

    asyncio.run(stop_it())
