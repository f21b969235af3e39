"""Ports of this machine to listen on, and what is said where there is none."""

import errno
import socket

from stream_ae.errors import ConfigError


def bound_socket(host: str, port: int, *, purpose: str) -> socket.socket:
    """A socket that listens on a port, so that no other program can take it.

    Args:
        host: an address of this machine.
        port: 0 means any free one.
        purpose: what it is for; the error's message begins with it.

    Raises:
        ConfigError: the port is taken, or the host is no address of this machine.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        number = error.errno if isinstance(error, OSError) else None
        is_host = isinstance(error, socket.gaierror) or number == errno.EADDRNOTAVAIL
        reason = "another program uses it" if number == errno.EADDRINUSE else error
        advice = "choose a host that is this machine" if is_host else "choose another port, 0 for"
        advice += ": 127.0.0.1, or 0.0.0.0 for all" if is_host else " any free one"
        raise ConfigError(
            f"{purpose} needs a free port of this machine, got {host}:{port} ({reason}); {advice}"
        ) from error
    return listener


def free_port(host: str, port: int, *, purpose: str) -> int:
    """Make sure, before another program is started, that it can listen on a port.

    Args:
        host: an address of this machine.
        port: 0 means any free one.
        purpose: what it is for; the error's message begins with it.

    Returns:
        ``port``, or the free one that the system chose.

    Raises:
        ConfigError: the port is taken, or the host is no address of this machine.
    """
    with bound_socket(host, port, purpose=purpose) as probe:
        return int(probe.getsockname()[1])
