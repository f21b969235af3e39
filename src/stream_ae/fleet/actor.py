"""A camera as Ray runs it: an actor whose process learns in its main thread.

Ray's own loop would wake there a hundred times a second and take Python's lock from the learner
each time: 8 % of its speed where eight cameras share two cores (docs/experiments/ray-share.md). So
the actor can be asked nothing while it learns. What its hub wants is in the answers to its reports.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

from stream_ae.fleet.camera import Camera
from stream_ae.fleet.engine import ray_module
from stream_ae.fleet.spec import CameraSpec
from stream_ae.fleet.status import Answer, Report


class ActorMethod(Protocol):
    """What an actor can be asked for."""

    def remote(self) -> Awaitable[object]:
        """Ask for it."""


class ActorHandle(Protocol):
    """The actor of a camera."""

    load: ActorMethod
    learn: ActorMethod
    ended: ActorMethod


class CameraActor:
    """Learns one camera from the moment that it is made, and again when Ray has started it again.

    It asks itself to until it does: Ray refuses what is asked of an actor that it cannot reach yet.

    Args:
        spec: of the camera.
        owner: of its run folder: the fleet.
        tell: takes a report to the hub, and gives its answer; None: it could not be told.
        waits: whether it learns only when it is asked to. Not so after Ray has started it again:
            who should have asked may have done so before.
    """

    def __init__(
        self,
        spec: CameraSpec,
        *,
        owner: str,
        tell: Callable[[Report], Answer | None],
        waits: bool,
    ) -> None:
        context = ray_module().get_runtime_context()
        myself: ActorHandle = context.current_actor
        asks = not waits or context.was_current_actor_reconstructed
        self._camera = Camera(
            spec, owner=owner, tell=tell, begin=myself.learn.remote if asks else None
        )

    def load(self) -> None:
        """Load all that learning needs, before it begins."""
        self._camera.load()

    def learn(self) -> None:
        """Learn until it is stopped, or the stream ends; when asked again, do nothing."""
        self._camera.learn()

    def ended(self) -> None:
        """Answer when it learns no longer: Ray lets one method run at a time."""
