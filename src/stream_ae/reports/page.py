"""A page that is one file without a script and without any address it would fetch from.

So it can be kept, sent and opened years later.
"""

import datetime
import importlib.resources
from collections.abc import Mapping
from pathlib import Path, PurePath

from stream_ae.errors import MissingExtraError
from stream_ae.storage.atomic import write_atomically


def write_page(path: Path, *, template: str, contents: Mapping[str, object]) -> Path:
    """Fill a template of this package in and write it.

    Args:
        path: of the page.
        template: its file beside this one.
        contents: every name that the template uses.

    Returns:
        The path.

    Raises:
        MissingExtraError: jinja2 is not installed.
        OSError: the page cannot be written.
    """
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtraError("jinja2", purpose="the report", extra="report") from error
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, loader=jinja2.FunctionLoader(_text)
    )
    page = environment.get_template(template).render(contents)
    write_atomically(path, page.encode(errors="backslashreplace"))  # a file's name may be no text
    return path


def title(source: str) -> str:
    """The end of a long path; the address of any other stream as it is.

    >>> title("/data/set/highway/input"), title("rtsp://camera/a/b/live")
    ('highway/input', 'rtsp://camera/a/b/live')
    """
    if "://" in source:
        return source
    return str(PurePath(*PurePath(source).parts[-2:]))


def today() -> str:
    """The date and time of day, for a page that says when it was written."""
    return f"{datetime.datetime.now():%d %B %Y, %H:%M}".lstrip("0")


def _text(name: str) -> str:
    return importlib.resources.files("stream_ae.reports").joinpath(name).read_text(encoding="utf-8")
