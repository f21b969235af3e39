"""A port to listen on, settled before a server is started, so that a taken one is said clearly."""

import errno
import socket

from stream_ae.errors import ConfigError


def free_port(host: str, port: int, *, purpose: str) -> int:
    """Make sure that a port can be listened on.

    Args:
        host: an address of this machine.
        port: 0 means any free one.
        purpose: what it is for, the beginning of the sentence.

    Returns:
        ``port``, or the free one that the system chose.

    Raises:
        ConfigError: the port is taken, or the host is no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        raise ConfigError(
            f"{purpose} needs a free port of this machine, got {host}:{port}"
            f" ({'another program uses it' if taken else error});"
            " end that program or choose another port, 0 for any free one"
        ) from error
