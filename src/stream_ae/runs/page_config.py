"""What a run has that is seen live: where its page is served, to whom, and what they may do."""

import ipaddress
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from stream_ae.errors import ConfigError
from stream_ae.runs.config import TrainConfig, settings_of
from stream_ae.runs.validation import Setting, port_number

LIVE_HOST, LIVE_PORT = "127.0.0.1", 8765
"""Where the page is served: reached from this machine only, unless told otherwise."""

TOKEN = "STREAM_AE_TOKEN"
"""The environment variable that holds the token, which other users can see on a command line."""

Pace = Literal["free", "source"]
"""How fast a recorded stream is learned: as fast as it can be, or as it was recorded."""

_SHORTEST = 8  # characters of a token; ten guesses a second find no longer one in a year
_ROOT_PATH = re.compile(r"(/[\w.~-]+)*")


@dataclass(frozen=True, kw_only=True)
class PageConfig(TrainConfig):
    """A run, and the page that shows it.

    Raises:
        ConfigError: as for :class:`TrainConfig`; or the page would be open to all, or a setting of
            it is none.
    """

    live: Annotated[bool, Setting("show it in the browser as it happens")] = False
    host: Annotated[str, Setting("address to serve the page at", "HOST")] = LIVE_HOST
    port: Annotated[int, Setting("port to serve it at; 0: any free one", "PORT", port_number)] = (
        LIVE_PORT
    )
    token: Annotated[
        str | None,
        Setting(
            f"what who looks must know; needed unless --host is this machine; or ${TOKEN}",
            "TEXT",
            unset="none",
        ),
    ] = None
    controls: Annotated[
        bool, Setting("let who looks pause, save, forget; with a token, made up if none is given")
    ] = False
    pace: Annotated[Pace, Setting("of a recorded stream: free, or as it was recorded")] = "free"
    open: Annotated[bool, Setting("open the browser")] = False
    allow_host: Annotated[
        tuple[str, ...],
        Setting("a name that the page answers to, of a reverse proxy say", "NAME", unset="none"),
    ] = ()
    root_path: Annotated[
        str, Setting("path under which a reverse proxy serves the page", "/PATH", unset="none")
    ] = ""
    certfile: Annotated[
        Path | None, Setting("certificate, to serve it with TLS", "FILE.pem", unset="none")
    ] = None
    keyfile: Annotated[Path | None, Setting("its key", "FILE.pem", unset="none")] = None

    def __post_init__(self) -> None:
        """Check every value, and that nobody can look who should not."""
        super().__post_init__()
        own = settings_of(PageConfig).keys() - settings_of(TrainConfig).keys() - {"live"}
        if not self.live and (asked := sorted(own & self.given)):
            option = f"--{asked[0].replace('_', '-')}"
            raise ConfigError(f"{option} is about the live page, got no page; add --live")
        if self.token is None and self.live and TOKEN in os.environ:
            object.__setattr__(self, "token", os.environ[TOKEN])
        if self.token is not None and len(self.token) < _SHORTEST:
            raise ConfigError(
                f"token must have {_SHORTEST} characters or more, got {len(self.token)};"
                " take a longer one"
            )
        if self.token is None and not _is_own(self.host):
            raise ConfigError(
                f"host {self.host!r} can be reached by others, so who looks must know a token, got"
                f" none; add --token TEXT or set {TOKEN}"
            )
        if self.token is None and self.controls:
            object.__setattr__(self, "token", secrets.token_urlsafe(12))
        if not _ROOT_PATH.fullmatch(self.root_path):
            raise ConfigError(
                f"root_path must be a path such as /cam, without a slash at its end, got"
                f" {self.root_path!r}; change it"
            )
        self._check_files()

    def _check_files(self) -> None:
        if (self.certfile is None) != (self.keyfile is None):
            raise ConfigError("TLS needs certfile and keyfile, got one of them; add the other")
        for name in ("certfile", "keyfile"):
            path = vars(self)[name]
            if path is not None and not path.is_file():
                raise ConfigError(f"{name} must be a file, got {str(path)!r}: no such file")


def _is_own(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
