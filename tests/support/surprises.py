"""Every kind of exception that a library may raise."""

import builtins

from hypothesis import strategies as st


class LibraryError(Exception):
    """A kind that only its library knows."""


def _made(kind: type[Exception], text: str) -> Exception:
    if issubclass(kind, UnicodeDecodeError):
        return kind("utf-8", b"\xff", 0, 1, text)
    if issubclass(kind, UnicodeEncodeError):
        return kind("ascii", "\xff", 0, 1, text)
    if issubclass(kind, UnicodeTranslateError):
        return kind("\xff", 0, 1, text)
    if issubclass(kind, ExceptionGroup):
        return kind(text, [ValueError(text)])
    if issubclass(kind, OSError):
        return kind(5, text) if text else kind()
    return kind(text) if text else kind()


KINDS = sorted(
    {
        kind
        for kind in (*vars(builtins).values(), LibraryError)
        if isinstance(kind, type) and issubclass(kind, Exception)
    },
    key=lambda kind: kind.__name__,
)

surprises = st.builds(_made, st.sampled_from(KINDS), st.text(max_size=30))
"""An exception of any kind, with any words, also none or several lines."""
