"""TensorBoard's own server as a program, whose first page turns reloading on.

Run by its path, so that it loads nothing else of stream-ae. It ends when its standard input does:
the parent closed it, or died in whatever way.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus

Environ = dict[str, object]
Respond = Callable[[str, list[tuple[str, str]]], object]
Application = Callable[[Environ, Respond], Iterable[bytes]]
"""A web application as WSGI has it (PEP 3333)."""

PAGE = b"""<!doctype html>
<meta charset="utf-8">
<title>stream-ae</title>
<script>
  const key = "_tb_global_settings";
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem(key)) ?? {}; } catch { /* damaged: begin again */ }
  localStorage.setItem(key, JSON.stringify({...kept, autoReload: true}));
  const place = location.hash || "#images";  // whose first tags would be features
  location.replace("?live=1" + (place === "#images" ? "#images&tagFilter=images" : place));
</script>
"""
"""TensorBoard reloads only where its settings say so, and these lie in the browser."""


def with_first_page(board: Application) -> Application:
    """The same application, but a browser that comes without a query gets :data:`PAGE` first."""

    def answer(environ: Environ, respond: Respond) -> Iterable[bytes]:
        if environ.get("PATH_INFO") not in ("", "/") or environ.get("QUERY_STRING"):
            return board(environ, respond)
        headers = [("Content-Type", "text/html"), ("Content-Length", str(len(PAGE)))]
        respond(f"{HTTPStatus.OK.value} {HTTPStatus.OK.phrase}", headers)
        return [PAGE]

    return answer


def main() -> None:
    """Serve what the arguments say, which are TensorBoard's own."""
    from absl import app
    from tensorboard import default, main_lib, program
    from tensorboard.plugins.base_plugin import FlagsError

    threading.Thread(target=_end_with_parent, daemon=True).start()
    main_lib.global_init()
    board = program.TensorBoard(
        plugins=default.get_plugins(),
        server_class=lambda wsgi, flags: program.WerkzeugServer(with_first_page(wsgi), flags),
    )
    try:
        app.run(board.main, flags_parser=board.configure)
    except FlagsError as error:
        sys.exit(f"Error: {error}")


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)  # TensorBoard's handler removes what it left in /tmp


if __name__ == "__main__":
    main()
