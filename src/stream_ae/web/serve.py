"""The page's server as a program, run by its path's module name beside the learner.

It is told what to do by messages on its standard input (:mod:`.wire`), answers with lines of JSON
on its standard output, and ends when its input does: the learner closed it, or died in whatever
way.
"""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from stream_ae.web.app import Page
from stream_ae.web.door import LONGEST
from stream_ae.web.hub import Hub
from stream_ae.web.security import Guard
from stream_ae.web.wall import Wall
from stream_ae.web.wall_app import WallPage
from stream_ae.web.wire import Header, Message, read_message

_LONGEST_HEADERS = 16 * 1024  # bytes
_MOST_AT_A_TIME = 100  # connections


def tell(message: Mapping[str, object]) -> None:
    """Tell the learner something, in a line."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def shown(settings: Header) -> tuple[Hub | Wall, ASGIApp]:
    """What there is to see, of a run or of a fleet, and what answers for it."""
    run, root = settings["run"], settings["root_path"]
    guard = Guard(
        settings["token"], names=settings["names"], secure=settings["certfile"] is not None
    )
    if run.get("fleet"):
        wall = Wall(run, tell=tell)
        return wall, WallPage(wall, guard, root=root).application()
    hub = Hub(run, directory=Path(settings["directory"]), tell=tell)
    return hub, Page(hub, guard, root=root).application()


def server(settings: Header, app: ASGIApp) -> uvicorn.Server:
    """The server as it is asked for; nothing that a visitor sends is written to a log."""
    config = uvicorn.Config(
        app,
        host=settings["host"],
        port=settings["port"],
        ssl_certfile=settings["certfile"],
        ssl_keyfile=settings["keyfile"],
        http="h11",  # whatever else is installed
        loop="asyncio",
        ws="websockets-sansio",
        ws_max_size=LONGEST,
        ws_per_message_deflate=False,  # JPEGs do not get smaller
        h11_max_incomplete_event_size=_LONGEST_HEADERS,
        limit_concurrency=_MOST_AT_A_TIME,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    return uvicorn.Server(config)


async def serve(settings: Header) -> None:
    """Serve until the input ends."""
    loop = asyncio.get_running_loop()
    hub, app = shown(settings)
    serving = server(settings, app)

    def take(message: Message | None) -> None:
        if message is None:
            serving.should_exit = serving.force_exit = True
        else:
            hub.receive(message)

    def read() -> None:
        while True:
            message = read_message(sys.stdin.buffer)
            loop.call_soon_threadsafe(take, message)
            if message is None:
                return

    threading.Thread(target=read, daemon=True).start()
    following = asyncio.create_task(hub.follow())
    ready = asyncio.create_task(_say_when_ready(serving))
    try:
        await serving.serve()
    finally:
        following.cancel()
        ready.cancel()


async def _say_when_ready(serving: uvicorn.Server) -> None:
    while not serving.started:
        await asyncio.sleep(0.01)
    tell({"type": "ready"})


def main() -> None:
    """Take the settings in, then serve."""
    code, first = 0, read_message(sys.stdin.buffer)
    try:
        if first is not None:
            asyncio.run(serve(first.header))
    except Exception as error:  # noqa: BLE001 - the learner shows the last line
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        code = 1
    except SystemExit:  # of uvicorn, which has said why
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a thread still waits for the input


if __name__ == "__main__":
    main()
