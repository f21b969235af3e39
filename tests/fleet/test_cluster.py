import asyncio
import pickle
from contextlib import suppress
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
        assert fleet.count("door") == 1
        await fleet.stop("door", answers=True)
        assert camera.asked == ["learn", "ended"]
        assert fleet.count("door") == 0
        await fleet.stop("door", answers=True)

    asyncio.run(stop_it())


@pytest.mark.parametrize("handovers", range(3))
def test_a_hub_that_did_not_make_who_follows_knows_which_it_is(ray: Ray, handovers: int) -> None:
    def die() -> None:
        raise InterruptedError

    async def die_in_the_middle() -> None:
        fleet = Cluster("shop")
        await fleet.start(DOOR)
        for _ in range(handovers):
            await fleet.replace(DOOR, ask=lambda: None)
        (before,) = ray.actors.values()
        with suppress(InterruptedError):
            await fleet.replace(DOOR, ask=die)
        (follower,) = (each for each in ray.actors.values() if each is not before)
        fleet = Cluster("shop")
        assert fleet.count("door") == 2
        assert fleet.begin("door") == 2
        assert before.asked[-1] == "learn"
        assert follower.asked == ["load"]
        await fleet.replace(DOOR, ask=partial(before.asked.append, "told to end"))
        assert list(ray.actors.values()) == [follower]
        assert before.asked[-2:] == ["told to end", "ended"]
        assert follower.asked == ["load", "load", "learn"]

    asyncio.run(die_in_the_middle())


def test_who_follows_is_gone_with_who_is_stopped(ray: Ray) -> None:
    async def stop_both() -> None:
        fleet = Cluster("shop")
        await fleet.start(DOOR)
        (before,) = ray.actors.values()
        follower = ray.actors["camera+:door"] = Actor()
        await fleet.stop("door", answers=True)
        assert ray.actors == {}
        assert before.asked == ["learn", "ended"]
        assert follower.asked == []

    asyncio.run(stop_both())
