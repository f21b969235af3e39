"""Where the runs of a fleet lie: in a folder that its machines see, or in an object store."""

from pathlib import Path

from stream_ae.fleet.spec import CameraSpec
from stream_ae.fleet.store import Mirror, Store, StoreFence, is_store
from stream_ae.storage.atomic import write_atomically
from stream_ae.storage.fence import Fence


class Place:
    """Where the run of a camera lies, and who may write there.

    Args:
        spec: of the camera.
        owner: the fleet.

    Raises:
        ConfigError: there is no such kind of store.
        OSError: it does not answer.
    """

    def __init__(self, spec: CameraSpec, *, owner: str) -> None:
        self.directory = spec.directory
        self._mirror: Mirror | None = None
        self.fence = Fence(self.directory, owner)
        if is_store(spec.runs):
            store = Store(f"{spec.runs.rstrip('/')}/{spec.name}")
            self.fence = StoreFence(store, owner)
            self._mirror = Mirror(store, self.directory)

    def take(self) -> int:
        """Take the run over, with all that was saved of it; gives the number of this process.

        Raises:
            ReplacedError: another owner has it.
            OSError: it cannot be had now.
        """
        token = self.fence.take()
        if self._mirror is not None:
            self._mirror.fetch()
        return token

    def keep(self) -> None:
        """Save what is new; called once a second.

        Raises:
            ReplacedError: a later process has taken the run over.
            OSError: it cannot be saved now.
        """
        self.fence.look()
        if self._mirror is not None:
            self._mirror.push()

    def end(self) -> None:
        """Save all of it, and let others have it.

        Raises:
            ReplacedError: a later process has taken the run over.
            OSError: it cannot be saved now.
        """
        self.fence.look()
        if self._mirror is not None:
            self._mirror.push(everything=True)
        self.fence.release()


def read_beside(runs: str, name: str) -> str | None:
    """The text of a file beside the run folders; None where there is none that can be read."""
    try:
        if is_store(runs):
            store = Store(runs)
            return store.files.cat_file(store.path(name)).decode()
        return (Path(runs) / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def write_beside(runs: str, name: str, *, text: str) -> None:
    """Write a file beside the run folders.

    Raises:
        OSError: it cannot be written.
    """
    if is_store(runs):
        store = Store(runs)
        store.files.pipe_file(store.path(name), text.encode())
    else:
        write_atomically(Path(runs) / name, text.encode())
