"""One string names a stream, everywhere: from the string to the source."""

import re
from pathlib import Path

from stream_ae.errors import SourceError
from stream_ae.settings.addresses import is_pattern, unknown_stream
from stream_ae.settings.choices import GIVE_UP_AFTER, POLICY, Policy, check_choice
from stream_ae.settings.redaction import redact_url
from stream_ae.sources.base import Source
from stream_ae.sources.gym_env import GymEnv
from stream_ae.sources.image_folder import ImageFolder
from stream_ae.sources.image_formats import is_image
from stream_ae.sources.live import LiveStream
from stream_ae.sources.pipe import Pipe, is_pipe
from stream_ae.sources.scene import SceneSource
from stream_ae.sources.video_file import VideoFile

_LIVE = re.compile(r"(rtsps?|https?)://|webcam:", re.IGNORECASE)
_LONGEST_NAME = 40
_STANDARD_INPUT = "/dev/stdin"


def open_source(
    address: str | Path,
    *,
    loop: bool = False,
    policy: str = POLICY,
    seed: int = 0,
    give_up_after: float = GIVE_UP_AFTER,
) -> Source:
    """Open the stream that a string names.

    Whatever exists as a path is taken for one: a folder holds images, an image file is a stream of
    the pictures in it (an animation has many), any other file is a video; a pipe is one that is
    read once.

    Args:
        address: a path to a video file, a folder, a glob pattern, ``-`` (what is piped in),
            ``rtsp://…``, ``http(s)://…``, ``webcam:0``, ``gym:<EnvId>`` or ``scene:<name>``.
        loop: start a file or folder again at its end; other streams have none.
        policy: who acts in an environment; ``random`` is the one there is.
        seed: of what is random in an environment or a scene.
        give_up_after: seconds that a lost camera is waited for; 0 means for ever.

    Raises:
        ValueError: there is no such policy.
        SourceError: nothing of that name can be opened.
        MissingExtraError: an optional dependency of that kind of stream is not installed.

    >>> open_source("clip.mp5")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    stream_ae.errors.SourceError: unknown source 'clip.mp5': no such file; a source is a path, ...
    """
    check_choice(policy, Policy, name="policy")
    text = _STANDARD_INPUT if str(address) == "-" else str(address)
    if is_pipe(text):
        return Pipe(text, loop=loop)
    if _exists(text):
        return _recorded(Path(text), loop=loop)
    kind, _, name = text.partition(":")
    if _LIVE.match(text):
        return LiveStream(text, give_up_after=give_up_after)
    if kind.lower() == "gym":
        return GymEnv(name, policy=policy, seed=seed)
    if kind.lower() == "scene":
        try:
            return SceneSource(name, seed=seed)
        except ValueError as error:
            raise SourceError(str(error)) from error
    if is_pattern(text):
        return ImageFolder(text, loop=loop)
    raise SourceError(unknown_stream(text))


def source_name(address: str | Path) -> str:
    """A short name for a stream, fit for a folder: at most 40 letters, digits, ``.``, ``_``, ``-``.

    >>> [source_name(a) for a in ("data/vtest.avi", "gym:ALE/Breakout-v5", "-")]
    ['vtest', 'ALE-Breakout-v5', 'stdin']
    >>> source_name("rtsp://user:secret@10.0.0.5:554/live")
    '10.0.0.5'
    """
    text = _STANDARD_INPUT if str(address) == "-" else str(address)
    if is_pipe(text):
        name = Path(text).stem
    elif _exists(text):
        path = Path(text).resolve()
        name = path.name if path.is_dir() else path.stem
    elif "://" in text:
        host = text.partition("://")[2].rpartition("@")[2]  # after user and password
        name = re.sub(r":\d*$", "", re.split(r"[/?#]", host)[0])
    elif text.lower().startswith(("gym:", "scene:")):
        name = text.partition(":")[2]
    elif is_pattern(text):
        fixed = [part for part in Path(text).parts if not is_pattern(part)]
        name = fixed[-1] if fixed else "images"
    else:
        name = Path(redact_url(text)).stem
    safe = re.sub(r"[^\w.-]+", "-", name).strip("-.")
    return safe[:_LONGEST_NAME].rstrip("-.") or "source"


def _exists(text: str) -> bool:
    try:
        return text != "" and Path(text).exists()
    except PermissionError as error:
        raise SourceError(f"cannot open {text!r}: {error.strerror}; may you read it?") from error
    except OSError:
        return False  # a long URL is no file name


def _recorded(path: Path, *, loop: bool) -> Source:
    if path.is_dir() or (path.is_file() and is_image(path)):
        return ImageFolder(path, loop=loop)
    return VideoFile(path, loop=loop)
